#pragma once
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/ir/graph.h"
#include "engine/ir/ndarray.h"

namespace agon {

/// The outputs of a node by its op's reference, rounded to their types. The op must have one
/// (InternalError otherwise); leaves other than constants cannot be evaluated.
std::vector<NdArray> evaluate(const Node& node, std::span<const NdArray* const> in);

/// The same into arrays that exist already, of the node's output types; their values are
/// overwritten.
void evaluate_into(const Node& node, std::span<const NdArray* const> in, std::span<NdArray> out);

/// The values of all nodes of a graph without composite ops; `leaf` gives those of inputs and
/// variables.
class EvaluatedGraph {
 public:
  EvaluatedGraph(const Graph& graph, const std::function<NdArray(const Node&)>& leaf);
  const NdArray& at(Value v) const { return known_.at(v.node)[static_cast<std::size_t>(v.output)]; }

 private:
  std::unordered_map<const Node*, std::vector<NdArray>> known_;
};

}  // namespace agon
