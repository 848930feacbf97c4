#include "engine/passes/sequence.h"

#include <queue>
#include <utility>

namespace agon {

std::vector<Node*> sequence(const Graph& graph,
                            const std::unordered_map<const Node*, int>& place_of) {
  const auto place = [&](const Node* node) {
    const auto it = place_of.find(node);
    return it == place_of.end() ? node->id() : it->second;
  };
  std::unordered_map<const Node*, std::size_t> waits;
  using Entry = std::pair<std::pair<int, int>, Node*>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
  const auto offer = [&](Node* node) { ready.push({{place(node), node->id()}, node}); };
  for (const auto& node : graph.nodes()) {
    waits[node.get()] = node->inputs().size();
    if (node->inputs().empty()) offer(node.get());
  }
  const auto users = graph.users();
  std::vector<Node*> order;
  while (!ready.empty()) {
    Node* node = ready.top().second;
    ready.pop();
    order.push_back(node);
    for (Node* user : users[static_cast<std::size_t>(node->id())]) {
      for (const Value& v : user->inputs()) waits[user] -= v.node == node ? 1 : 0;
      if (waits[user] == 0) offer(user);
    }
  }
  return order;
}

}  // namespace agon
