#include "engine/plan/isolate.h"

#include <string>
#include <unordered_set>

#include "engine/ir/op_def.h"
#include "engine/passes/insert_transfers.h"

namespace agon {

namespace {
using Names = std::unordered_set<std::string>;

const std::string& name_of(const Node& leaf) {
  return leaf.attrs_as<LeafAttrs>().name;
}

bool is_variable_named(Value v, const std::string& name) {
  return v.node->is("variable") && name_of(*v.node) == name;
}

Names changing_variables(const Graph& graph, const Storage& storage) {
  Names names;
  for (const auto& [name, value] : graph.updates()) {
    if (!is_variable_named(storage.root(value), name)) names.insert(name);
  }
  return names;
}

/// Variables that the accelerator reads or writes: it copies them too, so that the processors need
/// not wait for them.
Names variables_of_gpu(const Graph& graph, const Storage& storage) {
  Names names;
  for (const auto& node : graph.nodes()) {
    if (node->device() != Device::Gpu) continue;
    for (const Value& v : node->inputs()) {
      const Value root = storage.root(v);
      if (root.node->is("variable")) names.insert(name_of(*root.node));
    }
  }
  for (const auto& [name, value] : graph.updates()) {
    if (storage.root(value).node->device() == Device::Gpu) names.insert(name);
  }
  return names;
}

class Isolation {
 public:
  Isolation(Graph& graph, const Storage& storage)
      : graph_(graph), storage_(storage), of_gpu_(variables_of_gpu(graph, storage)) {}

  void updates() {
    std::unordered_set<Value> taken;
    for (const auto& [name, value] : std::vector(graph_.updates())) {
      const Value root = storage_.root(value);
      if (is_variable_named(root, name)) continue;
      const bool own = !is_leaf(*root.node) && taken.insert(root).second;
      if (!own) graph_.set_update(name, copied(value, side_of(root), "copy"));
    }
  }

  void outputs(const Names& changing) {
    for (const auto& [name, value] : std::vector(graph_.outputs())) {
      const Value root = storage_.root(value);
      const bool passes = root.node->is("variable") && changing.contains(name_of(*root.node));
      if (!passes && !root.node->is("input")) continue;
      const Device side = side_of(root);
      // an output lies in the host's memory
      graph_.set_output(name, copied(value, side, side == Device::Gpu ? "download" : "copy"));
    }
  }

 private:
  Device side_of(Value root) const {
    if (root.node->is("variable"))
      return of_gpu_.contains(name_of(*root.node)) ? Device::Gpu : Device::Cpu;
    return memory_of(*root.node);
  }

  Value copied(Value v, Device device, const char* op) const {
    const Graph::OriginScope scope(graph_, *v.node);
    const Value copy = graph_.add(op, {v});
    Graph::place(*copy.node, device);
    return copy;
  }

  Graph& graph_;
  const Storage& storage_;
  const Names of_gpu_;
};
}  // namespace

void isolate_results(Graph& graph, const Storage& storage) {
  const Names changing = changing_variables(graph, storage);
  Isolation isolation(graph, storage);
  isolation.updates();
  isolation.outputs(changing);
}

}  // namespace agon
