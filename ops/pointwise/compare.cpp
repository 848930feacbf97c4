#include <fmt/format.h>

#include "ops/pointwise/pointwise.h"
#include "ops/pointwise/tables.h"
#include "ops/reduce/reduce.h"

namespace agon {

namespace {

constexpr BinaryRow kRows[] = {
    {"equal", "y = 1 where a = b, else 0", Takes::Any,
     [](double a, double b) { return a == b ? 1.0 : 0.0; }, nullptr, nullptr},
    {"not_equal", "y = 1 where a != b, else 0", Takes::Any,
     [](double a, double b) { return a != b ? 1.0 : 0.0; }, nullptr, nullptr},
    {"less", "y = 1 where a < b, else 0", Takes::Any,
     [](double a, double b) { return a < b ? 1.0 : 0.0; }, nullptr, nullptr},
    {"less_equal", "y = 1 where a <= b, else 0", Takes::Any,
     [](double a, double b) { return a <= b ? 1.0 : 0.0; }, nullptr, nullptr},
    {"greater", "y = 1 where a > b, else 0", Takes::Any,
     [](double a, double b) { return a > b ? 1.0 : 0.0; }, nullptr, nullptr},
    {"greater_equal", "y = 1 where a >= b, else 0", Takes::Any,
     [](double a, double b) { return a >= b ? 1.0 : 0.0; }, nullptr, nullptr},
};

std::vector<Type> compare_type(std::span<const Type> in, const NoAttrs&) {
  const Type t = stretched_type(in, Takes::Any);
  return {Type{is_floating(t.dtype) ? t.dtype : DType::F32, t.shape}};
}

std::vector<Type> where_type(std::span<const Type> in, const NoAttrs&) {
  if (in[1].dtype != in[2].dtype) {
    throw GraphError(
        fmt::format("expects a and b of one dtype, got {} and {}", to_text(in[1]), to_text(in[2])));
  }
  return {Type{in[1].dtype, stretched(in)}};
}

void where_gradient(Grad& g, const NoAttrs&) {
  Value zero = g.graph().constant(0, g.out_grad().dtype());
  if (g.wants(1)) g.set(1, sum_to(where(g.in(0), g.out_grad(), zero), g.in(1).shape()));
  if (g.wants(2)) g.set(2, sum_to(where(g.in(0), zero, g.out_grad()), g.in(2).shape()));
}

Value compared(const char* name, Value a, Value b) {
  return a.graph().add(name, {a, b});
}

}  // namespace

std::span<const BinaryRow> compare_rows() {
  return kRows;
}

void register_compare(OpRegistry& ops) {
  for (const BinaryRow& row : kRows) {
    ops.add(Op<>{.name = row.name,
                 .doc = row.doc,
                 .inputs = {"a", "b"},
                 .infer = compare_type,
                 .stops_gradient = true,
                 .reference =
                     [&row](const ReferenceCall& call, const NoAttrs&) {
                       reference_pointwise(call, [&](auto v) { return row.f(v[0], v[1]); });
                     },
                 .flops = count_elements,
                 .is_pointwise = true});
  }
  ops.add(Op<>{.name = "where",
               .doc = "y = a where condition != 0, else b; no gradient to the condition",
               .inputs = {"condition", "a", "b"},
               .infer = where_type,
               .gradient = where_gradient,
               .reference =
                   [](const ReferenceCall& call, const NoAttrs&) {
                     reference_pointwise(call, [](auto v) { return v[0] != 0 ? v[1] : v[2]; });
                   },
               .flops = count_elements,
               .is_pointwise = true});
}

Value equal(Value a, Value b) {
  return compared("equal", a, b);
}
Value not_equal(Value a, Value b) {
  return compared("not_equal", a, b);
}
Value less(Value a, Value b) {
  return compared("less", a, b);
}
Value less_equal(Value a, Value b) {
  return compared("less_equal", a, b);
}
Value greater(Value a, Value b) {
  return compared("greater", a, b);
}
Value greater_equal(Value a, Value b) {
  return compared("greater_equal", a, b);
}
Value where(Value condition, Value a, Value b) {
  return condition.graph().add("where", {condition, a, b});
}

}  // namespace agon
