#include <cmath>

#include "ops/pointwise/tables.h"
#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise/arithmetic_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/pointwise/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace agon {
namespace HWY_NAMESPACE {
namespace {

#if AGON_VECTOR
struct Add {
  static HWY_INLINE V apply(D, V a, V b, V) { return hn::Add(a, b); }
};
struct Sub {
  static HWY_INLINE V apply(D, V a, V b, V) { return hn::Sub(a, b); }
};
struct Mul {
  static HWY_INLINE V apply(D, V a, V b, V) { return hn::Mul(a, b); }
};
struct Div {
  static HWY_INLINE V apply(D, V a, V b, V) { return hn::Div(a, b); }
};
struct Min {
  static HWY_INLINE V apply(D, V a, V b, V) {
    return hn::IfThenElse(hn::Or(hn::Le(a, b), hn::IsNaN(a)), a, b);
  }
};
struct Max {
  static HWY_INLINE V apply(D, V a, V b, V) {
    return hn::IfThenElse(hn::Or(hn::Ge(a, b), hn::IsNaN(a)), a, b);
  }
};
struct Square {
  static HWY_INLINE V apply(D, V a, V, V) { return hn::Mul(a, a); }
};
struct SquareRoot {
  static HWY_INLINE V apply(D, V a, V, V) { return hn::Sqrt(a); }
};

/// The exponents of the field cost a multiplication or a root, others the library's function.
void PowRow(const PointwiseRow& row, double parameter) {
  const float exponent = *static_cast<const float*>(row.in[1]);
  if (row.single[1] && exponent == 2) return BinaryRowOf<Square>(row, parameter);
  if (row.single[1] && exponent == 0.5f) return BinaryRowOf<SquareRoot>(row, parameter);
  const float* a = static_cast<const float*>(row.in[0]);
  const float* b = static_cast<const float*>(row.in[1]);
  float* y = static_cast<float*>(row.out);
  for (std::int64_t i = 0; i < row.count; ++i)
    y[i] = std::pow(row.single[0] ? *a : a[i], row.single[1] ? exponent : b[i]);
}

constexpr RowEntry kTable[] = {
    {"add", BinaryRowOf<Add>}, {"sub", BinaryRowOf<Sub>}, {"mul", BinaryRowOf<Mul>},
    {"div", BinaryRowOf<Div>}, {"pow", PowRow},           {"min", BinaryRowOf<Min>},
    {"max", BinaryRowOf<Max>},
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
