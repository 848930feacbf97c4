#include <algorithm>
#include <optional>

#include "engine/ir/op_def.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

using Axes = std::vector<std::int64_t>;

/// Nothing is added up.
Value over_single_elements(Node& node) {
  const Shape& shape = node.in(0).shape();
  const bool single =
      std::ranges::all_of(node.attrs_as<ReduceAttrs>().axes,
                          [&](std::int64_t axis) { return shape[static_cast<int>(axis)] == 1; });
  return single ? reshape(node.in(0), node.out_type().shape) : Value{};
}

/// The same number all along the axes of something of rank `rank`.
bool is_stretched(Value v, int rank, const Axes& axes) {
  if (v.rank() == 0) return true;
  return v.rank() == rank && std::ranges::all_of(axes, [&](std::int64_t axis) {
           return v.shape()[static_cast<int>(axis)] == 1;
         });
}

bool spans(Value v, const Shape& shape, const Axes& axes) {
  return v.rank() == shape.rank() && std::ranges::all_of(axes, [&](std::int64_t axis) {
           return v.shape()[static_cast<int>(axis)] == shape[static_cast<int>(axis)];
         });
}

/// a b or a / b of which b is the same number all along the axes.
struct Scaled {
  Value a, b;
  bool divides = false;

  Value again(Value of) const { return divides ? of / b : of * b; }
};

std::optional<Scaled> as_scaled(Value v, const Axes& axes) {
  const Node& node = *v.node;
  const auto fits = [&](Value a, Value b) {
    return spans(a, v.shape(), axes) && is_stretched(b, v.rank(), axes);
  };
  if (node.is("mul") && fits(node.in(0), node.in(1))) return Scaled{node.in(0), node.in(1)};
  if (node.is("mul") && fits(node.in(1), node.in(0))) return Scaled{node.in(1), node.in(0)};
  if (node.is("div") && fits(node.in(0), node.in(1))) return Scaled{node.in(0), node.in(1), true};
  return std::nullopt;
}

/// sum(of) times or by what scales it, for a node that sums something of that scale.
Value scaled_sum(Node& node, Value of, const Scaled& scaled) {
  const auto& [axes, keep] = node.attrs_as<ReduceAttrs>();
  if (scaled.b.rank() == 0) return scaled.again(sum(of, axes, keep));
  return reshape(scaled.again(sum(of, axes, true)), node.out_type().shape);
}

/// sum(a b) = sum(a) b, and sum(a b c) = sum(a c) b.
Value without_scale(Node& node) {
  const Value x = node.in(0);
  const Axes& axes = node.attrs_as<ReduceAttrs>().axes;
  if (!is_floating(x.dtype())) return {};
  if (const auto scaled = as_scaled(x, axes)) return scaled_sum(node, scaled->a, *scaled);
  if (!x.node->is("mul")) return {};
  for (int i : {0, 1}) {
    const Value other = x.node->in(1 - i);
    const auto scaled = as_scaled(x.node->in(i), axes);
    if (!scaled || x.node->in(i).type() != x.type()) continue;
    const Value rest = i == 0 ? scaled->a * other : other * scaled->a;
    if (rest.type() == x.type()) return scaled_sum(node, rest, *scaled);
  }
  return {};
}

Value of_negated(Node& node) {
  const auto& attrs = node.attrs_as<ReduceAttrs>();
  return node.in(0).node->is("neg") ? -sum(node.in(0).node->in(0), attrs.axes, attrs.keep)
                                    : Value{};
}

/// Whether m is the mean of x along the axes, as it is written: sum(x) / n.
bool is_mean(Value m, Value x, const Axes& axes) {
  if (!m.node->is("div") || !m.node->in(0).node->is("sum")) return false;
  const Node& total = *m.node->in(0).node;
  const Node& count = *m.node->in(1).node;
  if (total.in(0) != x || total.attrs_as<ReduceAttrs>() != ReduceAttrs{axes, true}) return false;
  if (!count.is("constant")) return false;
  const auto& values = count.attrs_as<ConstantAttrs>().values;
  double elements = 1;
  for (const std::int64_t axis : axes)
    elements *= static_cast<double>(x.shape()[static_cast<int>(axis)]);
  return values.size() == 1 && values[0] == elements;
}

/// Whether the elements along the axes add up to 0 by their definition: deviations from their own
/// mean, scaled or not. A computed sum of them would be its rounding, or NaN where an element is
/// not finite: then the deviations are, and what is made of them.
bool sums_to_zero(Value v, const Axes& axes) {
  const Node& node = *v.node;
  if (node.is("neg")) return sums_to_zero(node.in(0), axes);
  if (node.is("sub") && node.in(0).type() == v.type() && is_mean(node.in(1), node.in(0), axes))
    return true;
  const auto scaled = as_scaled(v, axes);
  return scaled && sums_to_zero(scaled->a, axes);
}

Value of_deviations(Node& node) {
  const Value x = node.in(0);
  if (!is_floating(x.dtype()) || !sums_to_zero(x, node.attrs_as<ReduceAttrs>().axes)) return {};
  return node.graph().constant(0, x.dtype(), node.out_type().shape);
}

Value without_deviations(Node& node) {
  const auto& [axes, keep] = node.attrs_as<ReduceAttrs>();
  const Value x = node.in(0);
  const bool is_sub = x.node->is("sub");
  if (!is_floating(x.dtype()) || (!is_sub && !x.node->is("add"))) return {};
  const Value a = x.node->in(0), b = x.node->in(1);
  if (a.type() == x.type() && sums_to_zero(b, axes)) return sum(a, axes, keep);
  if (b.type() == x.type() && sums_to_zero(a, axes))
    return is_sub ? -sum(b, axes, keep) : sum(b, axes, keep);
  return {};
}

}  // namespace

void register_reduce_rules(OpRegistry& ops) {
  ops.add_rule({"sum over axes of size 1 => reshape", "sum", over_single_elements});
  ops.add_rule({"reduce_max over axes of size 1 => reshape", "reduce_max", over_single_elements});
  // m = sum(x) / n, b the same all along the axes of the sum: what a norm's gradient is full of
  ops.add_rule({"sum(x - m) => 0", "sum", of_deviations});
  ops.add_rule({"sum(a + b (x - m)) => sum(a)", "sum", without_deviations});
  ops.add_rule({"sum(neg(x)) => neg(sum(x))", "sum", of_negated});
  ops.add_rule({"sum(a b) => sum(a) b", "sum", without_scale});
}

}  // namespace agon
