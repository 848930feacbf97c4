#include "ops/shape/attrs.h"
#include "ops/shape/elements_cuda.h"

namespace agon {

namespace {

DeviceFunction one_hot_function(const Node& node) {
  return each_of(node, node.out_type().shape.elements(),
                 constants("Index", {{"kClasses", node.attrs_as<OneHotAttrs>().classes}}) +
                     "out0[i] = in0[i / kClasses] == static_cast<i64>(i % kClasses) ? 1 : 0;\n");
}

DeviceFunction iota_function(const Node& node) {
  return each_of(node, node.out_type().shape.elements(), "out0[i] = static_cast<int>(i);\n");
}

}  // namespace

void register_labels_cuda(KernelRegistry& kernels, CudaContext& context) {
  add_function(kernels, context, "one_hot", one_hot_function);
  add_function(kernels, context, "iota", iota_function);
}

}  // namespace agon
