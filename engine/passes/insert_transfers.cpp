#include "engine/passes/insert_transfers.h"

#include <algorithm>
#include <unordered_map>

#include "engine/ir/op_def.h"
#include "engine/passes/sequence.h"

namespace agon {

namespace {

/// Variables, inputs, and what only looks at them.
bool is_reached_by_both(Value v) {
  while (v.output == 0 && v.node->op().is_view) v = v.node->in(0);
  return v.node->is("variable") || v.node->is("input");
}

class Transfers {
 public:
  explicit Transfers(Graph& graph) : graph_(graph) {}

  bool insert() {
    for (Node* node : graph_.topological_order()) {
      for (int i = 0; i < static_cast<int>(node->inputs().size()); ++i) {
        const Value at_hand = carried(node->in(i), reads_from(*node), *node);
        if (at_hand != node->in(i)) graph_.replace_input(*node, i, at_hand);
      }
    }
    for (const auto& [name, value] : std::vector(graph_.outputs()))
      graph_.set_output(name, carried(value, Device::Cpu, *value.node));
    if (carried_.empty()) return false;
    graph_.remove_dead();
    graph_.resequence(sequence(graph_, place_of_));
    return true;
  }

 private:
  /// `v`, or what holds its bytes in the memory of `device`; `reader` is the first that asks.
  Value carried(Value v, Device device, const Node& reader) {
    if (is_reached_by_both(v) || memory_of(*v.node) == device) return v;
    const auto known = carried_.find(v);
    if (known != carried_.end()) return known->second;
    return carried_[v] = v.node->is("constant") ? twin(*v.node, device) : transfer(v, reader);
  }

  Value twin(const Node& constant, Device device) {
    const Graph::OriginScope scope(graph_, constant);
    const Value made = graph_.add("constant", {}, constant.attrs());
    Graph::place(*made.node, device);
    place_of_[made.node] = constant.id();
    return made;
  }

  Value transfer(Value v, const Node& reader) {
    const Graph::OriginScope scope(graph_, *v.node);
    const bool down = memory_of(*v.node) == Device::Gpu;
    const Value made = graph_.add(down ? "download" : "upload", {v});
    Graph::place(*made.node, Device::Gpu);
    place_of_[made.node] = down ? v.node->id() : reader.id();
    return made;
  }

  Graph& graph_;
  std::unordered_map<Value, Value> carried_;
  std::unordered_map<const Node*, int> place_of_;
};

}  // namespace

Device memory_of(const Node& node) {
  return node.is("download") ? Device::Cpu : node.device();
}

Device reads_from(const Node& node) {
  return node.is("upload") ? Device::Cpu : node.device();
}

bool insert_transfers(Graph& graph) {
  const bool mixed = std::ranges::any_of(
      graph.nodes(), [](const auto& node) { return node->device() == Device::Gpu; });
  return mixed && Transfers(graph).insert();
}

}  // namespace agon
