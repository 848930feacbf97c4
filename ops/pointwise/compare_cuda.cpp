#include "ops/pointwise/pointwise_cuda.h"
#include "ops/pointwise/tables.h"

namespace agon {

void register_compare_cuda(KernelRegistry& kernels, CudaContext& context) {
  for (const BinaryRow& row : compare_rows()) add_pointwise_cuda(kernels, context, row.name);
  add_pointwise_cuda(kernels, context, "where");
}

}  // namespace agon
