#include "ops/pointwise/loop.h"
#include "ops/pointwise/tables.h"

namespace agon {

void register_compare_cpu(KernelRegistry& kernels) {
  for (const BinaryRow& row : compare_rows())
    kernels.add(plain_candidate(row.name, [f = row.f](auto v, double) { return f(v[0], v[1]); }));
  kernels.add(plain_candidate("where", [](auto v, double) { return v[0] != 0 ? v[1] : v[2]; }));
}

}  // namespace agon
