#include "ops/pointwise/pointwise_cuda.h"
#include "ops/pointwise/tables.h"

namespace agon {

void register_arithmetic_cuda(KernelRegistry& kernels, CudaContext& context) {
  for (const BinaryRow& row : arithmetic_rows()) add_pointwise_cuda(kernels, context, row.name);
}

}  // namespace agon
