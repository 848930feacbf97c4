#pragma once
#include <functional>
#include <string>

#include "engine/runtime/cuda/generated_kernel.h"
#include "ops/device_loop/loop.h"

namespace agon {

/// Candidate "cuda:<op>" of a pointwise op, of every dtype; what is not f32 throughout is computed
/// in double precision. `step` makes the op's value out of those of the inputs, which are 0, 1,
/// ...; default: the op's name applied to them. It may append numbers to the values.
using PointwiseStep = std::function<LoopValue(const Node& node, std::vector<LoopValue>& values)>;
void add_pointwise_cuda(KernelRegistry& kernels, CudaContext& context, const std::string& op,
                        PointwiseStep step = nullptr);

}  // namespace agon
