#include "ops/conv/join_bias.h"

#include <algorithm>
#include <optional>

#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"
#include "engine/passes/sequence.h"
#include "ops/conv/conv2d_bias.h"

namespace agon {

namespace {

bool is_convolution(const Node& node) {
  return node.is("conv2d") || node.is("conv2d_tf32") || node.is("conv2d_bf16");
}

/// What a fused node does with two inputs: add them, and perhaps relu. Nothing where it does
/// anything else.
struct Sum {
  bool relu = false;
};
std::optional<Sum> sum_of_inputs(const Node& fused) {
  if (fused.inputs().size() != 2 || fused.outputs().size() != 1) return std::nullopt;
  const auto body = fused_body(fused);
  Value v = body->outputs()[0].value;
  Sum sum;
  if (v.node->is("relu")) {
    sum.relu = true;
    v = v.node->in(0);
  }
  if (!v.node->is("add")) return std::nullopt;
  const Value a = v.node->in(0), b = v.node->in(1);
  if (!a.node->is("input") || !b.node->is("input") || a == b) return std::nullopt;
  return sum;
}

class Joiner {
 public:
  explicit Joiner(Graph& graph) : graph_(graph), users_(graph.users()) {
    for (const auto* named : {&graph.outputs(), &graph.updates()}) {
      for (const Graph::Named& n : *named) results_.push_back(n.value);
    }
  }

  /// The joined node, read by nobody yet; null where there is none.
  Node* joined(const Node& fused) {
    if (!fused.is("fused") || fused.device() != Device::Gpu) return nullptr;
    const std::optional<Sum> sum = sum_of_inputs(fused);
    if (!sum) return nullptr;
    for (const int convolved : {0, 1}) {
      const Value y = fused.in(convolved), bias = fused.in(1 - convolved);
      if (!is_convolution(*y.node) || y.node->device() != Device::Gpu || !is_read_once(y)) continue;
      if (bias.type() != Type{y.dtype(), Shape{1, 1, 1, y.shape()[3]}}) continue;
      const Graph::OriginScope scope(graph_, *y.node);
      Conv2dBiasAttrs attrs{y.node->attrs_as<Conv2dAttrs>(), sum->relu};
      return graph_
          .add(y.node->op().name + "_bias", {y.node->in(0), y.node->in(1), bias}, Attrs(attrs))
          .node;
    }
    return nullptr;
  }

 private:
  bool is_read_once(Value v) const {
    return users_[static_cast<std::size_t>(v.node->id())].size() == 1 &&
           std::ranges::find(results_, v) == results_.end();
  }

  Graph& graph_;
  std::vector<std::vector<Node*>> users_;
  std::vector<Value> results_;
};

}  // namespace

bool join_bias(Graph& graph, const std::function<bool(const Node&)>& wanted) {
  Joiner joiner(graph);
  std::unordered_map<const Node*, int> place_of;
  for (Node* node : graph.topological_order()) {
    Node* const joined = joiner.joined(*node);
    if (joined == nullptr || !wanted(*joined)) continue;
    place_of[joined] = node->id();
    graph.replace(node->out(), joined->out());
  }
  graph.remove_dead();
  if (place_of.empty()) return false;
  graph.resequence(sequence(graph, place_of));
  return true;
}

}  // namespace agon
