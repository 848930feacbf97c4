#include "engine/autodiff/differentiate.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"

namespace agon {

namespace {

using ValueSet = std::unordered_set<Value>;

/// Nodes that depend on an x without passing through another, each after its inputs.
std::vector<Node*> nodes_from(const Graph& graph, const ValueSet& xs) {
  std::unordered_set<const Node*> reached;
  std::vector<Node*> path;
  for (Node* node : graph.topological_order()) {
    for (const Value& in : node->inputs()) {
      if (xs.contains(in) || reached.contains(in.node)) {
        reached.insert(node);
        path.push_back(node);
        break;
      }
    }
  }
  return path;
}

/// Gradients of the xs when each y has the gradient in `seeds`, where there is one.
std::vector<Value> pull_back(Graph& graph, std::span<const Value> ys, std::span<const Value> seeds,
                             std::span<const Value> xs);

bool differentiates_by_meaning(const Node& node) {
  const OpDef& op = node.op();
  return !op.gradient && !op.stops_gradient && op.expand;
}

class ReverseWalk {
 public:
  ReverseWalk(const ValueSet& xs, std::vector<Node*> path) : xs_(xs), path_(std::move(path)) {
    for (const Node* node : path_) on_path_.insert(node);
  }

  void seed(Value y, Value grad) { add_to(sums_[y], grad); }

  void run() {
    for (auto it = path_.rbegin(); it != path_.rend(); ++it) visit(**it);
  }

  Value sum(Value v) const {
    const auto it = sums_.find(v);
    return it == sums_.end() ? Value{} : it->second;
  }

 private:
  bool matters(Value v) const {
    return is_floating(v.dtype()) && (xs_.contains(v) || on_path_.contains(v.node));
  }

  void visit(Node& node) {
    if (node.op().stops_gradient) return;
    std::vector<Value> out_grads;
    bool any = false;
    for (int i = 0; i < static_cast<int>(node.outputs().size()); ++i) {
      // what an x was computed from does not count
      out_grads.push_back(xs_.contains(node.out(i)) ? Value{} : sum(node.out(i)));
      any = any || out_grads.back();
    }
    if (!any) return;
    std::vector<bool> wanted;
    for (const Value& in : node.inputs()) wanted.push_back(matters(in));
    if (differentiates_by_meaning(node)) {
      visit_meaning(node, out_grads, wanted);
    } else {
      visit_gradient(node, out_grads, wanted);
    }
  }

  void visit_gradient(Node& node, std::span<const Value> out_grads,
                      const std::vector<bool>& wanted) {
    if (!node.op().gradient) throw InternalError(node.op().name + ": has no gradient");
    const Graph::OriginScope scope(node.graph(), node, Graph::OriginScope::GradientOf{});
    Grad grad(node, out_grads, wanted);
    node.op().gradient(grad, node.attrs());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i] && grad.grads()[i]) join(node.inputs()[i], grad.grads()[i], node);
    }
  }

  /// The node stays; its meaning is built beside it, and what the gradient reads of the meaning's
  /// results is read from the node, so that the graph holds them once.
  void visit_meaning(Node& node, std::span<const Value> out_grads,
                     const std::vector<bool>& wanted) {
    Graph& graph = node.graph();
    const Graph::OriginScope scope(graph, node, Graph::OriginScope::GradientOf{});
    const int first_new = graph.nodes().back()->id() + 1;
    const std::vector<Value> meaning = node.op().expand(node, node.attrs());
    std::vector<Value> xs;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i] && std::ranges::find(xs, node.inputs()[i]) == xs.end())
        xs.push_back(node.inputs()[i]);
    }
    std::vector<Value> grads = pull_back(graph, meaning, out_grads, xs);
    for (std::size_t i = 0; i < meaning.size(); ++i) {
      if (meaning[i].node->id() < first_new) continue;
      graph.replace(meaning[i], node.out(static_cast<int>(i)));
      std::ranges::replace(grads, meaning[i], node.out(static_cast<int>(i)));
    }
    for (std::size_t i = 0; i < xs.size(); ++i) {
      if (grads[i]) join(xs[i], grads[i], node);
    }
  }

  void join(Value v, Value grad, const Node& reader) {
    if (grad.type() != v.type()) {
      throw InternalError(fmt::format("{}: gradient is {}, input is {}", reader.op().name,
                                      to_text(grad.type()), to_text(v.type())));
    }
    add_to(sums_[v], grad);
  }

  static void add_to(Value& sum, Value grad) {
    sum = sum ? grad.graph().add("add", {sum, grad}) : grad;
  }

  const ValueSet& xs_;
  std::vector<Node*> path_;
  std::unordered_set<const Node*> on_path_;
  std::unordered_map<Value, Value> sums_;
};

std::vector<Value> pull_back(Graph& graph, std::span<const Value> ys, std::span<const Value> seeds,
                             std::span<const Value> xs) {
  const ValueSet wanted(xs.begin(), xs.end());
  ReverseWalk walk(wanted, nodes_from(graph, wanted));
  for (std::size_t i = 0; i < ys.size(); ++i) {
    if (seeds[i]) walk.seed(ys[i], seeds[i]);
  }
  walk.run();
  std::vector<Value> grads;
  for (const Value& x : xs) grads.push_back(walk.sum(x));
  return grads;
}

}  // namespace

std::vector<Value> differentiate(Value y, std::span<const Value> xs) {
  if (!is_floating(y.dtype()))
    throw GraphError("grad: expects a floating value, got " + to_text(y.type()));
  const Value seed = y.graph().constant(1, y.dtype(), y.shape());
  return pull_back(y.graph(), {&y, 1}, {&seed, 1}, xs);
}

}  // namespace agon
