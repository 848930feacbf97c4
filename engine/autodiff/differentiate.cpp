#include "engine/autodiff/differentiate.h"

#include <fmt/format.h>

#include <unordered_map>
#include <unordered_set>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"

namespace agon {

namespace {

using ValueSet = std::unordered_set<Value>;

/// Nodes between the xs and y: they depend on an x, without passing through another.
std::vector<Node*> nodes_from(const Graph& graph, const ValueSet& xs, Value y) {
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
    if (node == y.node) break;
  }
  return path;
}

/// Replaces nodes that have a meaning but no gradient by that meaning. True if any was.
bool expand_composites(const std::vector<Node*>& path, Value& y) {
  bool changed = false;
  for (Node* node : path) {
    const OpDef& op = node->op();
    if (op.gradient || op.stops_gradient || !op.expand) continue;
    const Graph::OriginScope scope(node->graph(), *node);
    const std::vector<Value> meaning = op.expand(*node, node->attrs());
    for (int i = 0; i < static_cast<int>(meaning.size()); ++i) {
      if (y == node->out(i)) y = meaning[static_cast<std::size_t>(i)];
      node->graph().replace(node->out(i), meaning[static_cast<std::size_t>(i)]);
    }
    changed = true;
  }
  return changed;
}

class ReverseWalk {
 public:
  ReverseWalk(const ValueSet& xs, std::vector<Node*> path) : xs_(xs), path_(std::move(path)) {
    for (const Node* node : path_) on_path_.insert(node);
  }

  void run(Value y, Value seed) {
    sums_[y] = seed;
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
    if (!node.op().gradient) throw InternalError(node.op().name + ": has no gradient");
    std::vector<bool> wanted;
    for (const Value& in : node.inputs()) wanted.push_back(matters(in));
    const Graph::OriginScope scope(node.graph(), node, Graph::OriginScope::GradientOf{});
    Grad grad(node, out_grads, wanted);
    node.op().gradient(grad, node.attrs());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i] && grad.grads()[i]) join(node.inputs()[i], grad.grads()[i], node);
    }
  }

  void join(Value v, Value grad, const Node& reader) {
    if (grad.type() != v.type()) {
      throw InternalError(fmt::format("{}: gradient is {}, input is {}", reader.op().name,
                                      to_text(grad.type()), to_text(v.type())));
    }
    Value& sum = sums_[v];
    sum = sum ? v.graph().add("add", {sum, grad}) : grad;
  }

  const ValueSet& xs_;
  std::vector<Node*> path_;
  std::unordered_set<const Node*> on_path_;
  std::unordered_map<Value, Value> sums_;
};

}  // namespace

std::vector<Value> differentiate(Value y, std::span<const Value> xs) {
  if (!is_floating(y.dtype()))
    throw GraphError("grad: expects a floating value, got " + to_text(y.type()));
  const ValueSet wanted(xs.begin(), xs.end());
  Graph& graph = y.graph();
  std::vector<Node*> path = nodes_from(graph, wanted, y);
  while (expand_composites(path, y)) path = nodes_from(graph, wanted, y);
  ReverseWalk walk(wanted, std::move(path));
  walk.run(y, graph.constant(1, y.dtype(), y.shape()));
  std::vector<Value> grads;
  for (const Value& x : xs) grads.push_back(walk.sum(x));
  return grads;
}

}  // namespace agon
