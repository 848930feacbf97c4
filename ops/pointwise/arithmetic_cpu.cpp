#include <cmath>

#include "ops/pointwise/tables.h"
#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise/arithmetic_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/pointwise/apply-inl.h"
#include "ops/pointwise/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace agon {
namespace HWY_NAMESPACE {
namespace {

#if AGON_VECTOR
/// The exponents of the field cost a multiplication or a root, others the library's function.
void PowRow(const PointwiseRow& row, double parameter) {
  const float exponent = *static_cast<const float*>(row.in[1]);
  if (row.single[1] && exponent == 2) return BinaryRowOf<apply::Square>(row, parameter);
  if (row.single[1] && exponent == 0.5f) return BinaryRowOf<apply::SquareRoot>(row, parameter);
  const float* a = static_cast<const float*>(row.in[0]);
  const float* b = static_cast<const float*>(row.in[1]);
  float* y = static_cast<float*>(row.out);
  for (std::int64_t i = 0; i < row.count; ++i)
    y[i] = std::pow(row.single[0] ? *a : a[i], row.single[1] ? exponent : b[i]);
}

constexpr RowEntry kTable[] = {
    {"add", BinaryRowOf<apply::Add>},
    {"sub", BinaryRowOf<apply::Sub>},
    {"mul", BinaryRowOf<apply::Mul>},
    {"div", BinaryRowOf<apply::Div>},
    {"pow", PowRow},
    {"min", BinaryRowOf<apply::Min>},
    {"max", BinaryRowOf<apply::Max>},
};
RowFunction FindArithmetic(const char* op) {
  return RowNamed(kTable, op);
}
#else
RowFunction FindArithmetic(const char*) {
  return nullptr;
}
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace agon
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace agon {
namespace {
HWY_EXPORT(FindArithmetic);
RowFunction find_arithmetic(const char* op) {
  return HWY_DYNAMIC_DISPATCH(FindArithmetic)(op);
}
}  // namespace

void register_arithmetic_cpu(KernelRegistry& kernels) {
  for (const BinaryRow& row : arithmetic_rows()) {
    kernels.add(vector_candidate(row.name, find_arithmetic));
    kernels.add(plain_candidate(row.name, [f = row.f](auto v, double) { return f(v[0], v[1]); }));
  }
}
}  // namespace agon
#endif
