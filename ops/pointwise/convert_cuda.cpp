#include "engine/ir/op_def.h"
#include "ops/pointwise/pointwise_cuda.h"
#include "ops/pointwise/tables.h"

namespace agon {

namespace {

/// The input as it is; what writes it rounds.
LoopValue same(const Node& node, std::vector<LoopValue>& values) {
  if (node.out_type().dtype == DType::I32 && node.in(0).dtype() != DType::I32)
    return {.op = "whole", .operands = {0}};
  LoopValue value = values[0];
  values.clear();
  return value;
}

}  // namespace

void register_convert_cuda(KernelRegistry& kernels, CudaContext& context) {
  add_pointwise_cuda(kernels, context, "convert", same);
  add_pointwise_cuda(kernels, context, "stop_gradient", same);
}

}  // namespace agon
