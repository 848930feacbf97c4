#include "engine/passes/eliminate_common_subexpressions.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "engine/ir/same_attrs.h"

namespace agon {

namespace {

std::size_t hash_of(const Node& node) {
  std::size_t hash = std::hash<const void*>()(&node.op());
  const auto mix = [&](std::size_t part) { hash = hash * 0x9E3779B97F4A7C15u + part; };
  for (const Value& v : node.inputs()) mix(std::hash<Value>()(v));
  mix(hash_of_attrs(node));
  return hash;
}

bool same(const Node& a, const Node& b) {
  return &a.op() == &b.op() && a.device() == b.device() &&
         std::ranges::equal(a.inputs(), b.inputs()) && same_attrs(a, b);
}

}  // namespace

bool eliminate_common_subexpressions(Graph& graph) {
  std::unordered_map<std::size_t, std::vector<Node*>> seen;
  std::unordered_map<Value, Value> twin;
  for (Node* node : graph.topological_order()) {
    for (std::size_t i = 0; i < node->inputs().size(); ++i) {
      const auto it = twin.find(node->inputs()[i]);
      if (it != twin.end()) graph.replace_input(*node, static_cast<int>(i), it->second);
    }
    auto& alike = seen[hash_of(*node)];
    const auto first =
        std::ranges::find_if(alike, [&](Node* other) { return same(*other, *node); });
    if (first == alike.end()) {
      alike.push_back(node);
      continue;
    }
    for (int i = 0; i < static_cast<int>(node->outputs().size()); ++i)
      twin[node->out(i)] = (*first)->out(i);
  }
  if (twin.empty()) return false;
  const auto canonical = [&](Value v) {
    const auto it = twin.find(v);
    return it == twin.end() ? v : it->second;
  };
  for (const auto& [name, value] : std::vector(graph.outputs()))
    graph.set_output(name, canonical(value));
  for (const auto& [name, value] : std::vector(graph.updates()))
    graph.set_update(name, canonical(value));
  graph.remove_dead();
  return true;
}

}  // namespace agon
