#include "engine/ir/reference.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"

namespace agon {

void evaluate_into(const Node& node, std::span<const NdArray* const> in, std::span<NdArray> out) {
  if (!node.op().reference) throw InternalError(node.op().name + ": has no reference");
  for (NdArray& array : out) std::fill(array.values.begin(), array.values.end(), 0.0);
  node.op().reference({in, out}, node.attrs());
  for (NdArray& array : out) array.round_to_type();
}

std::vector<NdArray> evaluate(const Node& node, std::span<const NdArray* const> in) {
  std::vector<NdArray> out;
  for (const Type& type : node.outputs()) out.emplace_back(type);
  evaluate_into(node, in, out);
  return out;
}

EvaluatedGraph::EvaluatedGraph(const Graph& graph,
                               const std::function<NdArray(const Node&)>& leaf) {
  for (const Node* node : graph.topological_order()) {
    if (node->is("input") || node->is("variable")) {
      known_[node] = {leaf(*node)};
      continue;
    }
    std::vector<const NdArray*> in;
    for (const Value& v : node->inputs()) in.push_back(&at(v));
    known_[node] = evaluate(*node, in);
  }
}

}  // namespace agon
