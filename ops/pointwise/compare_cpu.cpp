#include "ops/pointwise/tables.h"
#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise/compare_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/pointwise/apply-inl.h"
#include "ops/pointwise/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace agon {
namespace HWY_NAMESPACE {
namespace {

#if AGON_VECTOR
template <bool kA, bool kB>
void WhereRow2(const PointwiseRow& row) {
  using Three = std::index_sequence<0, 1, 2>;
  if (row.single[0]) return ApplyRow<apply::Where, true, kA, kB>(row, 0, Three());
  ApplyRow<apply::Where, false, kA, kB>(row, 0, Three());
}

void WhereRow(const PointwiseRow& row, double) {
  if (row.single[1] && row.single[2]) return WhereRow2<true, true>(row);
  if (row.single[1]) return WhereRow2<true, false>(row);
  if (row.single[2]) return WhereRow2<false, true>(row);
  WhereRow2<false, false>(row);
}

constexpr RowEntry kTable[] = {
    {"equal", BinaryRowOf<apply::Equal>},
    {"not_equal", BinaryRowOf<apply::NotEqual>},
    {"less", BinaryRowOf<apply::Less>},
    {"less_equal", BinaryRowOf<apply::LessEqual>},
    {"greater", BinaryRowOf<apply::Greater>},
    {"greater_equal", BinaryRowOf<apply::GreaterEqual>},
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
