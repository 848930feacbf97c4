#include "ops/shape/attrs.h"
#include "ops/shape/elements_cuda.h"

namespace agon {

namespace {

std::int64_t width_of(const Type& type) {
  return type.shape[0] == 0 ? 1 : type.shape.elements() / type.shape[0];
}

DeviceFunction gather_function(const Node& node) {
  const std::int64_t width = width_of(node.in(0).type());
  const Unit unit = widest_unit(node.out_type().dtype, {width});
  return each_of(
      node, node.out_type().shape.elements() / unit.elements,
      constants("Index", {{"kRows", node.in(0).shape()[0]}, {"kWidth", width / unit.elements}}) +
          pointer_to_input(unit, "table", 0) + pointer_to_output(unit, "y") +
          R"(const int label = in1[i / kWidth];
const Index row = label >= 0 && label < static_cast<i64>(kRows) ? label : 0;
y[i] = table[row * kWidth + i % kWidth];
)");
}

/// Every element looks for the rows that are its own, so that sums are taken in their order.
DeviceFunction scatter_function(const Node& node) {
  return each_of(node, node.out_type().shape.elements(),
                 constants("Index", {{"kFrom", node.in(0).shape()[0]},
                                     {"kRows", node.out_type().shape[0]},
                                     {"kWidth", width_of(node.out_type())}}) +
                     R"(const Index row = i / kWidth;
T sum = 0;
for (Index k = 0; k < kFrom; ++k) {
  const int label = in1[k];
  const Index to = label >= 0 && label < static_cast<i64>(kRows) ? label : 0;
  if (to == row) sum += in0[k * kWidth + i % kWidth];
}
out0[i] = sum;
)");
}

}  // namespace

void register_rows_cuda(KernelRegistry& kernels, CudaContext& context) {
  add_function(kernels, context, "gather_rows", gather_function);
  add_function(kernels, context, "scatter_rows", scatter_function);
}

}  // namespace agon
