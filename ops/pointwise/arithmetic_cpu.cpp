#include "ops/pointwise/loop.h"
#include "ops/pointwise/tables.h"

namespace agon {

void register_arithmetic_cpu(KernelRegistry& kernels) {
  for (const BinaryRow& row : arithmetic_rows())
    kernels.add(plain_candidate(row.name, [f = row.f](auto v, double) { return f(v[0], v[1]); }));
}

}  // namespace agon
