#include "ops/pointwise/tables.h"
#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise/functions_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/pointwise/math-inl.h"
#include "ops/pointwise/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace agon {
namespace HWY_NAMESPACE {
namespace {

#if AGON_VECTOR
struct Neg {
  static HWY_INLINE V apply(D, V x, V) { return hn::Neg(x); }
};
struct Sqrt {
  static HWY_INLINE V apply(D, V x, V) { return hn::Sqrt(x); }
};
struct Abs {
  static HWY_INLINE V apply(D, V x, V) { return hn::Abs(x); }
};
struct Sign {
  static HWY_INLINE V apply(D d, V x, V) {
    const V size_one = hn::CopySign(hn::Set(d, 1.0f), x);
    return hn::IfThenElse(hn::Ne(hn::Abs(x), hn::Zero(d)), math::OrNaN(x, size_one), x);
  }
};
struct Floor {
  static HWY_INLINE V apply(D, V x, V) { return hn::Floor(x); }
};
template <V (*f)(D, V)>
struct Of {
  static HWY_INLINE V apply(D d, V x, V) { return f(d, x); }
};

constexpr RowEntry kTable[] = {
    {"neg", UnaryRowOf<Neg>},
    {"exp", UnaryRowOf<Of<math::Exp>>},
    {"log", UnaryRowOf<Of<math::Log>>},
    {"sqrt", UnaryRowOf<Sqrt>},
    {"abs", UnaryRowOf<Abs>},
    {"sign", UnaryRowOf<Sign>},
    {"floor", UnaryRowOf<Floor>},
    {"tanh", UnaryRowOf<Of<math::Tanh>>},
    {"sigmoid", UnaryRowOf<Of<math::Sigmoid>>},
    {"softplus", UnaryRowOf<Of<math::Softplus>>},
    {"erf", UnaryRowOf<Of<math::Erf>>},
};
RowFunction FindFunction(const char* op) {
  return RowNamed(kTable, op);
}
#else
RowFunction FindFunction(const char*) {
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
HWY_EXPORT(FindFunction);
RowFunction find_function(const char* op) {
  return HWY_DYNAMIC_DISPATCH(FindFunction)(op);
}
}  // namespace

void register_functions_cpu(KernelRegistry& kernels) {
  for (const UnaryRow& row : function_rows()) {
    kernels.add(vector_candidate(row.name, find_function));
    kernels.add(plain_candidate(row.name, [f = row.f](auto v, double) { return f(v[0]); }));
  }
}
}  // namespace agon
#endif
