#include "ops/pointwise/pointwise_cuda.h"
#include "ops/pointwise/tables.h"

namespace agon {

void register_functions_cuda(KernelRegistry& kernels, CudaContext& context) {
  for (const UnaryRow& row : function_rows()) add_pointwise_cuda(kernels, context, row.name);
}

}  // namespace agon
