#include "ops/pointwise/loop.h"
#include "ops/pointwise/tables.h"

namespace agon {

namespace {

void add_parametric(KernelRegistry& kernels, const char* op, double (*f)(double, double),
                    double (*parameter)(const Node&)) {
  kernels.add(plain_candidate(
      op, [f](auto v, double p) { return f(v[0], p); }, parameter));
}

}  // namespace

void register_activations_cpu(KernelRegistry& kernels) {
  for (const UnaryRow& row : activation_rows())
    kernels.add(plain_candidate(row.name, [f = row.f](auto v, double) { return f(v[0]); }));
  add_parametric(kernels, "leaky_relu", leaky_relu_of,
                 [](const Node& n) { return n.attrs_as<LeakyReluAttrs>().slope; });
  add_parametric(kernels, "elu", elu_of,
                 [](const Node& n) { return n.attrs_as<EluAttrs>().alpha; });
}

}  // namespace agon
