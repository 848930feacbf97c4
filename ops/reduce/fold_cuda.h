#pragma once
#include "engine/runtime/cuda/generated_kernel.h"
#include "ops/reduce/fold.h"

namespace agon {

/// sum and reduce_max on a CUDA device: of f32 as op `fused` does it, of other dtypes in double
/// precision.
void add_fold_cuda(KernelRegistry& kernels, CudaContext& context, const char* op, Fold fold);

}  // namespace agon
