#include "ops/pointwise/tables.h"
#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise/activations_cpu.cpp"
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
    {"relu", UnaryRowOf<apply::Relu>}, {"leaky_relu", UnaryRowOf<apply::LeakyRelu>},
    {"elu", UnaryRowOf<apply::Elu>},   {"selu", UnaryRowOf<apply::Selu>},
    {"gelu", UnaryRowOf<apply::Gelu>}, {"silu", UnaryRowOf<apply::Silu>},
};
RowFunction FindActivation(const char* op) {
  return RowNamed(kTable, op);
}
#else
RowFunction FindActivation(const char*) {
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
HWY_EXPORT(FindActivation);
RowFunction find_activation(const char* op) {
  return HWY_DYNAMIC_DISPATCH(FindActivation)(op);
}

void add_parametric(KernelRegistry& kernels, const char* op, double (*f)(double, double),
                    double (*parameter)(const Node&)) {
  kernels.add(vector_candidate(op, find_activation, parameter));
  kernels.add(plain_candidate(
      op, [f](auto v, double p) { return f(v[0], p); }, parameter));
}
}  // namespace

void register_activations_cpu(KernelRegistry& kernels) {
  for (const UnaryRow& row : activation_rows()) {
    kernels.add(vector_candidate(row.name, find_activation));
    kernels.add(plain_candidate(row.name, [f = row.f](auto v, double) { return f(v[0]); }));
  }
  add_parametric(kernels, "leaky_relu", leaky_relu_of,
                 [](const Node& n) { return n.attrs_as<LeakyReluAttrs>().slope; });
  add_parametric(kernels, "elu", elu_of,
                 [](const Node& n) { return n.attrs_as<EluAttrs>().alpha; });
}
}  // namespace agon
#endif
