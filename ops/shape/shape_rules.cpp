#include <algorithm>

#include "engine/ir/op_def.h"
#include "ops/shape/attrs.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

Value same_shape(Node& node) {
  return node.in(0).type() == node.out_type() ? node.in(0) : Value{};
}

Value reshape_of_reshape(Node& node) {
  return node.in(0).node->is("reshape") ? reshape(node.in(0).node->in(0), node.out_type().shape)
                                        : Value{};
}

Value transpose_of_transpose(Node& node) {
  if (!node.in(0).node->is("transpose")) return {};
  const auto& inner = node.in(0).node->attrs_as<TransposeAttrs>().axes;
  std::vector<std::int64_t> axes;
  for (const std::int64_t axis : node.attrs_as<TransposeAttrs>().axes)
    axes.push_back(inner[static_cast<std::size_t>(axis)]);
  return transpose(node.in(0).node->in(0), std::move(axes));
}

/// The axes that hold more than one element keep their order, so no element moves.
Value transpose_that_moves_nothing(Node& node) {
  const Shape& from = node.in(0).shape();
  std::vector<std::int64_t> order;
  for (const std::int64_t axis : node.attrs_as<TransposeAttrs>().axes) {
    if (from[static_cast<int>(axis)] != 1) order.push_back(axis);
  }
  return std::ranges::is_sorted(order) ? reshape(node.in(0), node.out_type().shape) : Value{};
}

Value broadcast_of_broadcast(Node& node) {
  if (!node.in(0).node->is("broadcast")) return {};
  const Value x = node.in(0).node->in(0);
  // a scalar stretches to any rank; else the ranks are equal all along
  return broadcast(x, node.out_type().shape);
}

Value only_part(Node& node) {
  return node.inputs().size() == 1 ? node.in(0) : Value{};
}

}  // namespace

void register_shape_rules(OpRegistry& ops) {
  ops.add_rule({"reshape to the same shape => x", "reshape", same_shape});
  ops.add_rule({"reshape(reshape(x)) => reshape(x)", "reshape", reshape_of_reshape});
  ops.add_rule({"transpose(transpose(x)) => transpose(x)", "transpose", transpose_of_transpose});
  ops.add_rule({"transpose that only moves axes of size 1 => reshape", "transpose",
                transpose_that_moves_nothing});
  ops.add_rule({"broadcast to the same shape => x", "broadcast", same_shape});
  ops.add_rule({"broadcast(broadcast(x)) => broadcast(x)", "broadcast", broadcast_of_broadcast});
  ops.add_rule({"concat of one part => x", "concat", only_part});
  ops.add_rule({"slice of everything => x", "slice", same_shape});
  ops.add_rule({"pad by nothing => x", "pad", same_shape});
}

}  // namespace agon
