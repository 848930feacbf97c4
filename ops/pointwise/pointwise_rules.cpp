#include <array>
#include <optional>

#include "engine/ir/op_def.h"
#include "ops/pointwise/pointwise.h"
#include "ops/pointwise/tables.h"

namespace agon {

namespace {

/// The one value that fills a constant.
std::optional<double> filled_with(Value v) {
  if (!v.node->is("constant")) return std::nullopt;
  const auto& values = v.node->attrs_as<ConstantAttrs>().values;
  return values.size() == 1 ? std::optional(values[0]) : std::nullopt;
}

/// Input `kept` where the other input is `neutral` everywhere and stretches nothing.
Value without_neutral(Node& node, int kept, double neutral) {
  const Value x = node.in(kept);
  return filled_with(node.in(1 - kept)) == neutral && x.type() == node.out_type() ? x : Value{};
}

/// The node with input `i` read from `v`, where that gives the same type.
Value with_input(Node& node, int i, Value v) {
  std::vector<Value> inputs(node.inputs().begin(), node.inputs().end());
  inputs[static_cast<std::size_t>(i)] = v;
  std::vector<Type> types;
  for (const Value& input : inputs) types.push_back(input.type());
  try {
    if (node.op().infer(types, node.attrs())[0] != node.out_type()) return {};
  } catch (const GraphError&) {
    return {};  // the broadcast had changed the rank
  }
  return node.graph().add(node.op().name, std::move(inputs), node.attrs());
}

Value without_broadcast(Node& node) {
  for (int i = 0; i < static_cast<int>(node.inputs().size()); ++i) {
    if (!node.in(i).node->is("broadcast")) continue;
    if (const Value better = with_input(node, i, node.in(i).node->in(0))) return better;
  }
  return {};
}

Value with_scalar_constant(Node& node) {
  for (int i = 0; i < static_cast<int>(node.inputs().size()); ++i) {
    const Value v = node.in(i);
    const auto value = filled_with(v);
    if (!value || v.rank() == 0) continue;
    const Value scalar = node.graph().constant(*value, v.dtype());
    if (const Value better = with_input(node, i, scalar)) return better;
  }
  return {};
}

Value power_of_two(Node& node) {
  return filled_with(node.in(1)) == 2.0 && node.in(0).type() == node.out_type()
             ? mul(node.in(0), node.in(0))
             : Value{};
}

Value twice_negated(Node& node) {
  return node.in(0).node->is("neg") ? node.in(0).node->in(0) : Value{};
}

Value same_type(Node& node) {
  return node.in(0).type() == node.out_type() ? node.in(0) : Value{};
}

constexpr std::array kStretching = {"add",        "sub",     "mul",           "div",       "pow",
                                    "min",        "max",     "equal",         "not_equal", "less",
                                    "less_equal", "greater", "greater_equal", "where"};

}  // namespace

void register_pointwise_rules(OpRegistry& ops) {
  const auto neutral = [&](const char* name, const char* op, int kept, double value) {
    ops.add_rule({name, op, [=](Node& n) { return without_neutral(n, kept, value); }});
  };
  neutral("x * 1 => x", "mul", 0, 1);
  neutral("1 * x => x", "mul", 1, 1);
  neutral("x + 0 => x", "add", 0, 0);
  neutral("0 + x => x", "add", 1, 0);
  neutral("x - 0 => x", "sub", 0, 0);
  neutral("x / 1 => x", "div", 0, 1);
  neutral("x ^ 1 => x", "pow", 0, 1);
  ops.add_rule({"x ^ 2 => x * x", "pow", power_of_two});
  ops.add_rule({"neg(neg(x)) => x", "neg", twice_negated});
  ops.add_rule({"convert to the same dtype => x", "convert", same_type});
  ops.add_rule({"stop_gradient(x) => x", "stop_gradient", same_type});
  for (const char* op : kStretching) {
    ops.add_rule({"f(x, broadcast(y)) => f(x, y)", op, without_broadcast});
    ops.add_rule({"f(x, filled constant) => f(x, scalar constant)", op, with_scalar_constant});
  }
}

}  // namespace agon
