#include "ops/pointwise/loop.h"
#include "ops/pointwise/tables.h"

namespace agon {

void register_functions_cpu(KernelRegistry& kernels) {
  for (const UnaryRow& row : function_rows())
    kernels.add(plain_candidate(row.name, [f = row.f](auto v, double) { return f(v[0]); }));
}

}  // namespace agon
