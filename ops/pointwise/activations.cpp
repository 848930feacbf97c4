#include <cmath>
#include <numbers>

#include "ops/pointwise/pointwise.h"
#include "ops/pointwise/tables.h"

namespace agon {

namespace {

Value zero_like(Value v) {
  return v.graph().constant(0, v.dtype());
}

/// dy where v > 0, else dy * slope.
Value leaking(Value v, Value dy, Value slope) {
  return where(greater(v, zero_like(v)), dy, slope);
}

/// Phi(x) + x phi(x).
Value gelu_dx(const Grad& g) {
  Value x = g.in(0);
  Value phi = exp(x * x * -0.5) * (std::numbers::inv_sqrtpi / std::numbers::sqrt2);
  Value cumulative = (erf(x * (1 / std::numbers::sqrt2)) + 1) * 0.5;
  return g.out_grad() * (cumulative + x * phi);
}

Value silu_dx(const Grad& g) {
  Value x = g.in(0);
  Value s = sigmoid(x);
  return g.out_grad() * (s * (1 + x * (1 - s)));
}

// y > 0 just where x > 0: with y the input need not be kept
constexpr UnaryRow kRows[] = {
    {"relu", "y = x where x > 0, else 0", Takes::Floating, [](double x) { return x < 0 ? 0 : x; },
     [](const Grad& g) { return leaking(g.out(), g.out_grad(), zero_like(g.out())); }, 1},
    {"selu", "y = 1.0507 x where x > 0, else 1.0507 * 1.67326 (e^x - 1)", Takes::Floating,
     [](double x) { return kSeluScale * elu_of(x, kSeluAlpha); },
     [](const Grad& g) {
       return leaking(g.out(), g.out_grad() * kSeluScale,
                      g.out_grad() * (g.out() + kSeluScale * kSeluAlpha));
     }},
    {"gelu", "y = x Phi(x), Phi the cumulative normal distribution", Takes::Floating,
     [](double x) { return 0.5 * x * std::erfc(-x / std::numbers::sqrt2); }, gelu_dx},
    {"silu", "y = x / (1 + e^-x)", Takes::Floating,
     [](double x) {
       const double e = std::exp(-std::abs(x));
       return x * (x >= 0 ? 1 : e) / (1 + e);
     },
     silu_dx},
};

template <class A>
Op<A> parametric(const char* name, const char* doc, double (*f)(double, double),
                 double A::*parameter) {
  return Op<A>{.name = name,
               .doc = doc,
               .inputs = {"x"},
               .infer = [](std::span<const Type> in,
                           const A&) { return std::vector{stretched_type(in, Takes::Floating)}; },
               .reference =
                   [=](const ReferenceCall& call, const A& a) {
                     reference_pointwise(call, [&](auto v) { return f(v[0], a.*parameter); });
                   },
               .flops = count_elements,
               .is_pointwise = true};
}

}  // namespace

double leaky_relu_of(double x, double slope) {
  return x > 0 ? x : slope * x;
}

double elu_of(double x, double alpha) {
  return x > 0 ? x : alpha * std::expm1(x);
}

std::span<const UnaryRow> activation_rows() {
  return kRows;
}

void register_activations(OpRegistry& ops) {
  for (const UnaryRow& row : kRows) add_unary(ops, row);
  auto leaky = parametric("leaky_relu", "y = x where x > 0, else slope * x", leaky_relu_of,
                          &LeakyReluAttrs::slope);
  leaky.gradient = [](Grad& g, const LeakyReluAttrs& a) {
    Value side = a.slope > 0 ? g.out() : g.in(0);
    g.set(0, leaking(side, g.out_grad(), g.out_grad() * a.slope));
  };
  ops.add(std::move(leaky));
  auto elu_op =
      parametric("elu", "y = x where x > 0, else alpha (e^x - 1)", elu_of, &EluAttrs::alpha);
  elu_op.gradient = [](Grad& g, const EluAttrs& a) {
    Value side = a.alpha > 0 ? g.out() : g.in(0);
    g.set(0, leaking(side, g.out_grad(), g.out_grad() * (g.out() + a.alpha)));
  };
  ops.add(std::move(elu_op));
}

Value relu(Value x) {
  return x.graph().add("relu", {x});
}
Value selu(Value x) {
  return x.graph().add("selu", {x});
}
Value gelu(Value x) {
  return x.graph().add("gelu", {x});
}
Value silu(Value x) {
  return x.graph().add("silu", {x});
}
Value leaky_relu(Value x, double slope) {
  return x.graph().add("leaky_relu", {x}, LeakyReluAttrs{slope});
}
Value elu(Value x, double alpha) {
  return x.graph().add("elu", {x}, EluAttrs{alpha});
}

}  // namespace agon
