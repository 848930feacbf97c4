#include <cmath>

#include "ops/pointwise/pointwise.h"
#include "ops/pointwise/tables.h"
#include "ops/reduce/reduce.h"

namespace agon {

namespace {

bool is_scalar_constant(Value v, double& value) {
  if (!v.node->is("constant")) return false;
  const auto& values = v.node->attrs_as<ConstantAttrs>().values;
  if (values.size() != 1) return false;
  value = values[0];
  return true;
}

Value pow_da(const Grad& g) {
  Value a = g.in(0), b = g.in(1), dy = g.out_grad();
  double exponent = 0;
  if (is_scalar_constant(b, exponent)) {
    if (exponent == 0) return {};
    if (exponent == 1) return dy;
    if (exponent == 2) return dy * 2 * a;
    return dy * (exponent * pow(a, g.graph().constant(exponent - 1, a.dtype())));
  }
  // 0^0 is constant in a; 0 * 0^-1 would be NaN
  Value flat =
      equal(b, g.graph().constant(0, b.dtype())) * equal(a, g.graph().constant(0, a.dtype()));
  return dy * (b * pow(a, where(flat, g.graph().constant(1, b.dtype()), b - 1)));
}

Value pow_db(const Grad& g) {
  Value a = g.in(0);
  Value positive = greater(a, g.graph().constant(0, a.dtype()));
  Value safe = where(positive, a, g.graph().constant(1, a.dtype()));
  return where(positive, g.out_grad() * g.out() * log(safe), g.graph().constant(0, a.dtype()));
}

Value only_where(Value mask, const Grad& g) {
  return where(mask, g.out_grad(), g.graph().constant(0, g.out_grad().dtype()));
}

// a NaN on either side is the result of min and max, so that it is noticed
constexpr BinaryRow kRows[] = {
    {"add", "y = a + b", Takes::Any, [](double a, double b) { return a + b; },
     [](const Grad& g) { return g.out_grad(); }, [](const Grad& g) { return g.out_grad(); }},
    {"sub", "y = a - b", Takes::Any, [](double a, double b) { return a - b; },
     [](const Grad& g) { return g.out_grad(); }, [](const Grad& g) { return -g.out_grad(); }},
    {"mul", "y = a b", Takes::Any, [](double a, double b) { return a * b; },
     [](const Grad& g) { return g.out_grad() * g.in(1); },
     [](const Grad& g) { return g.out_grad() * g.in(0); }},
    {"div", "y = a / b", Takes::Floating, [](double a, double b) { return a / b; },
     [](const Grad& g) { return g.out_grad() / g.in(1); },
     [](const Grad& g) { return -(g.out_grad() * g.out() / g.in(1)); }, 2},
    {"pow", "y = a^b; the gradient with respect to b is 0 where a <= 0", Takes::Floating,
     [](double a, double b) { return std::pow(a, b); }, pow_da, pow_db, 20},
    {"min", "y = a where a <= b, else b", Takes::Any,
     [](double a, double b) { return a <= b || std::isnan(a) ? a : b; },
     [](const Grad& g) { return only_where(less_equal(g.in(0), g.in(1)), g); },
     [](const Grad& g) { return only_where(greater(g.in(0), g.in(1)), g); }},
    {"max", "y = a where a >= b, else b", Takes::Any,
     [](double a, double b) { return a >= b || std::isnan(a) ? a : b; },
     [](const Grad& g) { return only_where(greater_equal(g.in(0), g.in(1)), g); },
     [](const Grad& g) { return only_where(less(g.in(0), g.in(1)), g); }},
};

Value binary(const char* name, Value a, Value b) {
  return a.graph().add(name, {a, b});
}

Value like(Value v, double number) {
  return v.graph().constant(number, v.dtype());
}

/// The gradient may be of a smaller shape than the stretched one only if it is constant there.
void set_summed(Grad& g, int input, Value (*rule)(const Grad&)) {
  if (!g.wants(input)) return;
  if (Value d = rule(g)) g.set(input, sum_to(d, g.in(input).shape()));
}

}  // namespace

std::span<const BinaryRow> arithmetic_rows() {
  return kRows;
}

void register_arithmetic(OpRegistry& ops) {
  for (const BinaryRow& row : kRows) {
    ops.add(
        Op<>{.name = row.name,
             .doc = row.doc,
             .inputs = {"a", "b"},
             .infer = [&row](std::span<const Type> in,
                             const NoAttrs&) { return std::vector{stretched_type(in, row.takes)}; },
             .gradient =
                 [&row](Grad& g, const NoAttrs&) {
                   set_summed(g, 0, row.da);
                   set_summed(g, 1, row.db);
                 },
             .reference =
                 [&row](const ReferenceCall& call, const NoAttrs&) {
                   reference_pointwise(call, [&](auto v) { return row.f(v[0], v[1]); });
                 },
             .flops = count_elements,
             .is_pointwise = true,
             .effort = row.effort});
  }
}

Value add(Value a, Value b) {
  return binary("add", a, b);
}
Value sub(Value a, Value b) {
  return binary("sub", a, b);
}
Value mul(Value a, Value b) {
  return binary("mul", a, b);
}
Value div(Value a, Value b) {
  return binary("div", a, b);
}
Value pow(Value a, Value b) {
  return binary("pow", a, b);
}
Value min(Value a, Value b) {
  return binary("min", a, b);
}
Value max(Value a, Value b) {
  return binary("max", a, b);
}

Value operator+(Value a, double b) {
  return add(a, like(a, b));
}
Value operator-(Value a, double b) {
  return sub(a, like(a, b));
}
Value operator*(Value a, double b) {
  return mul(a, like(a, b));
}
Value operator/(Value a, double b) {
  return div(a, like(a, b));
}
Value operator+(double a, Value b) {
  return add(like(b, a), b);
}
Value operator-(double a, Value b) {
  return sub(like(b, a), b);
}
Value operator*(double a, Value b) {
  return mul(like(b, a), b);
}
Value operator/(double a, Value b) {
  return div(like(b, a), b);
}

}  // namespace agon
