#include <algorithm>

#include "engine/ir/op_def.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {
/// Nothing is added up.
Value over_single_elements(Node& node) {
  const Shape& shape = node.in(0).shape();
  const bool single =
      std::ranges::all_of(node.attrs_as<ReduceAttrs>().axes,
                          [&](std::int64_t axis) { return shape[static_cast<int>(axis)] == 1; });
  return single ? reshape(node.in(0), node.out_type().shape) : Value{};
}
}  // namespace

void register_reduce_rules(OpRegistry& ops) {
  ops.add_rule({"sum over axes of size 1 => reshape", "sum", over_single_elements});
  ops.add_rule({"reduce_max over axes of size 1 => reshape", "reduce_max", over_single_elements});
}

}  // namespace agon
