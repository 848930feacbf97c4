#include "ops/pointwise/tables.h"
#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise/compare_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/pointwise/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace agon {
namespace HWY_NAMESPACE {
namespace {

#if AGON_VECTOR
HWY_INLINE V OneWhere(D d, M mask) {
  return hn::IfThenElseZero(mask, hn::Set(d, 1.0f));
}
struct Equal {
  static HWY_INLINE V apply(D d, V a, V b, V) { return OneWhere(d, hn::Eq(a, b)); }
};
struct NotEqual {
  static HWY_INLINE V apply(D d, V a, V b, V) {
    return hn::Sub(hn::Set(d, 1.0f), OneWhere(d, hn::Eq(a, b)));
  }
};
struct Less {
  static HWY_INLINE V apply(D d, V a, V b, V) { return OneWhere(d, hn::Lt(a, b)); }
};
struct LessEqual {
  static HWY_INLINE V apply(D d, V a, V b, V) { return OneWhere(d, hn::Le(a, b)); }
};
struct Greater {
  static HWY_INLINE V apply(D d, V a, V b, V) { return OneWhere(d, hn::Gt(a, b)); }
};
struct GreaterEqual {
  static HWY_INLINE V apply(D d, V a, V b, V) { return OneWhere(d, hn::Ge(a, b)); }
};
struct Where {
  static HWY_INLINE V apply(D d, V c, V a, V b, V) {
    return hn::IfThenElse(hn::Eq(c, hn::Zero(d)), b, a);
  }
};

template <bool kA, bool kB>
void WhereRow2(const PointwiseRow& row) {
  using Three = std::index_sequence<0, 1, 2>;
  if (row.single[0]) return ApplyRow<Where, true, kA, kB>(row, 0, Three());
  ApplyRow<Where, false, kA, kB>(row, 0, Three());
}

void WhereRow(const PointwiseRow& row, double) {
  if (row.single[1] && row.single[2]) return WhereRow2<true, true>(row);
  if (row.single[1]) return WhereRow2<true, false>(row);
  if (row.single[2]) return WhereRow2<false, true>(row);
  WhereRow2<false, false>(row);
}

constexpr RowEntry kTable[] = {
    {"equal", BinaryRowOf<Equal>},
    {"not_equal", BinaryRowOf<NotEqual>},
    {"less", BinaryRowOf<Less>},
    {"less_equal", BinaryRowOf<LessEqual>},
    {"greater", BinaryRowOf<Greater>},
    {"greater_equal", BinaryRowOf<GreaterEqual>},
    {"where", WhereRow},
};
RowFunction FindComparison(const char* op) {
  return RowNamed(kTable, op);
}
#else
RowFunction FindComparison(const char*) {
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
HWY_EXPORT(FindComparison);
RowFunction find_comparison(const char* op) {
  return HWY_DYNAMIC_DISPATCH(FindComparison)(op);
}
}  // namespace

void register_compare_cpu(KernelRegistry& kernels) {
  for (const BinaryRow& row : compare_rows()) {
    kernels.add(vector_candidate(row.name, find_comparison));
    kernels.add(plain_candidate(row.name, [f = row.f](auto v, double) { return f(v[0], v[1]); }));
  }
  kernels.add(vector_candidate("where", find_comparison));
  kernels.add(plain_candidate("where", [](auto v, double) { return v[0] != 0 ? v[1] : v[2]; }));
}
}  // namespace agon
#endif
