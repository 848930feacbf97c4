#include "ops/reduce/fold_cuda.h"

namespace agon {

void register_sum_cuda(KernelRegistry& kernels, CudaContext& context) {
  add_fold_cuda(kernels, context, "sum", Fold::Sum);
}

}  // namespace agon
