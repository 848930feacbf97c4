#include "ops/pointwise/pointwise_cuda.h"
#include "ops/pointwise/tables.h"

namespace agon {

namespace {

template <class A>
PointwiseStep with_number(const char* op, double A::*number) {
  return [=](const Node& node, std::vector<LoopValue>& values) {
    values.push_back({.is = LoopValue::Is::Number, .number = node.attrs_as<A>().*number});
    return LoopValue{.op = op, .operands = {0, 1}};
  };
}

}  // namespace

void register_activations_cuda(KernelRegistry& kernels, CudaContext& context) {
  for (const UnaryRow& row : activation_rows()) add_pointwise_cuda(kernels, context, row.name);
  add_pointwise_cuda(kernels, context, "leaky_relu",
                     with_number("leaky_relu", &LeakyReluAttrs::slope));
  add_pointwise_cuda(kernels, context, "elu", with_number("elu", &EluAttrs::alpha));
}

}  // namespace agon
