#include <cmath>
#include <numbers>

#include "ops/pointwise/pointwise.h"
#include "ops/pointwise/tables.h"

namespace agon {

namespace {

/// 0 at 0, where the slope is infinite; nowhere an infinity that a further derivative would turn
/// into NaN.
Value sqrt_dx(const Grad& g) {
  Value y = g.out();
  Value zero = g.graph().constant(0, y.dtype());
  Value at_zero = equal(y, zero);
  Value safe = where(at_zero, g.graph().constant(1, y.dtype()), y);
  return where(at_zero, zero, g.out_grad() * 0.5 / safe);
}

double sigmoid_of(double x) {
  const double e = std::exp(-std::abs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}

double softplus_of(double x) {
  return (x > 0 ? x : 0) + std::log1p(std::exp(-std::abs(x)));
}

double sign_of(double x) {
  return x > 0 ? 1 : x < 0 ? -1 : x;
}

constexpr UnaryRow kRows[] = {
    {"neg", "y = -x", Takes::Any, [](double x) { return -x; },
     [](const Grad& g) { return -g.out_grad(); }, 1},
    {"exp", "y = e^x", Takes::Floating, [](double x) { return std::exp(x); },
     [](const Grad& g) { return g.out_grad() * g.out(); }},
    {"log", "y = ln x", Takes::Floating, [](double x) { return std::log(x); },
     [](const Grad& g) { return g.out_grad() / g.in(0); }},
    {"sqrt", "y = x^(1/2); the gradient at 0 is 0", Takes::Floating,
     [](double x) { return std::sqrt(x); }, sqrt_dx, 4},
    {"abs", "y = |x|; the gradient at 0 is 0", Takes::Any, [](double x) { return std::abs(x); },
     [](const Grad& g) { return g.out_grad() * sign(g.in(0)); }, 1},
    {"sign", "y = 1 where x > 0, -1 where x < 0, else 0", Takes::Any, sign_of, nullptr, 1},
    {"floor", "y = the largest whole number that is not above x", Takes::Floating,
     [](double x) { return std::floor(x); }, nullptr, 1},
    {"sin", "y = sine of x, an angle in radians", Takes::Floating,
     [](double x) { return std::sin(x); },
     [](const Grad& g) { return g.out_grad() * cos(g.in(0)); }},
    {"cos", "y = cosine of x, an angle in radians", Takes::Floating,
     [](double x) { return std::cos(x); },
     [](const Grad& g) { return g.out_grad() * -sin(g.in(0)); }},
    {"tanh", "y = (e^x - e^-x) / (e^x + e^-x)", Takes::Floating,
     [](double x) { return std::tanh(x); },
     [](const Grad& g) { return g.out_grad() * (1 - g.out() * g.out()); }},
    {"sigmoid", "y = 1 / (1 + e^-x)", Takes::Floating, sigmoid_of,
     [](const Grad& g) { return g.out_grad() * (g.out() * (1 - g.out())); }},
    {"softplus", "y = ln(1 + e^x)", Takes::Floating, softplus_of,
     [](const Grad& g) { return g.out_grad() * sigmoid(g.in(0)); }},
    {"erf", "y = 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x", Takes::Floating,
     [](double x) { return std::erf(x); },
     [](const Grad& g) {
       return g.out_grad() * (2 * std::numbers::inv_sqrtpi * exp(-(g.in(0) * g.in(0))));
     }},
};

Value unary(const char* name, Value x) {
  return x.graph().add(name, {x});
}

}  // namespace

std::span<const UnaryRow> function_rows() {
  return kRows;
}

void add_unary(OpRegistry& ops, const UnaryRow& row) {
  Op<> op{.name = row.name,
          .doc = row.doc,
          .inputs = {"x"},
          .infer = [&row](std::span<const Type> in,
                          const NoAttrs&) { return std::vector{stretched_type(in, row.takes)}; },
          .stops_gradient = row.dx == nullptr,
          .reference =
              [&row](const ReferenceCall& call, const NoAttrs&) {
                reference_pointwise(call, [&](auto v) { return row.f(v[0]); });
              },
          .flops = count_elements,
          .is_pointwise = true,
          .effort = row.effort};
  if (row.dx != nullptr) op.gradient = [&row](Grad& g, const NoAttrs&) { g.set(0, row.dx(g)); };
  ops.add(std::move(op));
}

void register_functions(OpRegistry& ops) {
  for (const UnaryRow& row : kRows) add_unary(ops, row);
}

Value neg(Value x) {
  return unary("neg", x);
}
Value exp(Value x) {
  return unary("exp", x);
}
Value log(Value x) {
  return unary("log", x);
}
Value sqrt(Value x) {
  return unary("sqrt", x);
}
Value abs(Value x) {
  return unary("abs", x);
}
Value sign(Value x) {
  return unary("sign", x);
}
Value floor(Value x) {
  return unary("floor", x);
}
Value sin(Value x) {
  return unary("sin", x);
}
Value cos(Value x) {
  return unary("cos", x);
}
Value tanh(Value x) {
  return unary("tanh", x);
}
Value sigmoid(Value x) {
  return unary("sigmoid", x);
}
Value softplus(Value x) {
  return unary("softplus", x);
}
Value erf(Value x) {
  return unary("erf", x);
}

}  // namespace agon
