#include "ops/shape/elements_cuda.h"

namespace agon {

namespace {

DeviceFunction broadcast_function(const Node& node) {
  const Shape &from = node.in(0).shape(), &to = node.out_type().shape;
  const auto strides = from.strides();
  std::vector<CopyAxis> axes;
  for (int axis = 0; axis < to.rank(); ++axis) {
    const bool stretched = from.rank() == 0 || from[axis] != to[axis];
    axes.push_back({to[axis], stretched ? 0 : strides[static_cast<std::size_t>(axis)]});
  }
  return strided_copy(node, axes);
}

}  // namespace

void register_broadcast_cuda(KernelRegistry& kernels, CudaContext& context) {
  add_function(kernels, context, "broadcast", broadcast_function);
}

}  // namespace agon
