#include "ops/pointwise/tables.h"
#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise/functions_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/pointwise/apply-inl.h"
#include "ops/pointwise/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace agon {
namespace HWY_NAMESPACE {
namespace {

#if AGON_VECTOR
constexpr RowEntry kTable[] = {
    {"neg", UnaryRowOf<apply::Neg>},
    {"exp", UnaryRowOf<apply::Of<math::Exp>>},
    {"log", UnaryRowOf<apply::Of<math::Log>>},
    {"sqrt", UnaryRowOf<apply::Sqrt>},
    {"abs", UnaryRowOf<apply::Abs>},
    {"sign", UnaryRowOf<apply::Sign>},
    {"floor", UnaryRowOf<apply::Floor>},
    {"tanh", UnaryRowOf<apply::Of<math::Tanh>>},
    {"sigmoid", UnaryRowOf<apply::Of<math::Sigmoid>>},
    {"softplus", UnaryRowOf<apply::Of<math::Softplus>>},
    {"erf", UnaryRowOf<apply::Of<math::Erf>>},
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
