#include "engine/passes/fold_constants.h"

#include <algorithm>
#include <bit>

#include "engine/ir/op_def.h"
#include "engine/ir/reference.h"

namespace agon {

namespace {

constexpr std::int64_t kFewElements = 4096;
/// Larger results are not even computed here: what is written as one number may be gigabytes.
constexpr std::int64_t kManyElements = std::int64_t{1} << 20;

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool is_uniform(const std::vector<double>& values) {
  return !values.empty() && std::all_of(values.begin(), values.end(),
                                        [&](double v) { return same_bits(v, values[0]); });
}

bool can_fold(const Node& node) {
  if (node.inputs().empty() || !node.op().reference) return false;
  const bool constant_inputs =
      std::ranges::all_of(node.inputs(), [](const Value& v) { return v.node->is("constant"); });
  // many draws, labels or positions are never one number: computing them to see that takes long
  const OpDef& op = node.op();
  const bool uneven = op.stops_gradient && !op.is_pointwise && !op.is_view;
  const auto small = [](const Type& type, std::int64_t most) {
    return type.shape.elements() <= most;
  };
  const std::int64_t most = uneven ? kFewElements : kManyElements;
  return constant_inputs &&
         std::ranges::all_of(node.outputs(), [&](const Type& type) { return small(type, most); }) &&
         std::ranges::all_of(node.inputs(),
                             [&](const Value& v) { return small(v.type(), kManyElements); });
}

bool fold(Node& node) {
  std::vector<NdArray> in;
  for (const Value& v : node.inputs()) in.push_back(std::move(evaluate(*v.node, {})[0]));
  std::vector<const NdArray*> pointers;
  for (const NdArray& array : in) pointers.push_back(&array);
  std::vector<NdArray> results = evaluate(node, pointers);
  bool changed = false;
  const Graph::OriginScope scope(node.graph(), node);
  for (std::size_t i = 0; i < results.size(); ++i) {
    auto& [type, values] = results[i];
    if (is_uniform(values)) values.resize(1);
    if (static_cast<std::int64_t>(values.size()) > kFewElements) continue;
    node.graph().replace(node.out(static_cast<int>(i)),
                         node.graph().constant(std::move(values), type.dtype, type.shape));
    changed = true;
  }
  return changed;
}

}  // namespace

bool fold_constants(Graph& graph) {
  bool any = false;
  for (Node* node : graph.topological_order()) {
    if (can_fold(*node)) any = fold(*node) || any;
  }
  if (any) graph.remove_dead();
  return any;
}

}  // namespace agon
