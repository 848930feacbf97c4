#include "engine/plan/isolate.h"

#include <string>
#include <unordered_set>

#include "engine/ir/op_def.h"

namespace agon {

namespace {
Value copied(Value v) {
  const Graph::OriginScope scope(v.graph(), *v.node);
  return v.graph().add("copy", {v});
}

bool is_variable_named(Value v, const std::string& name) {
  return v.node->is("variable") && v.node->attrs_as<LeafAttrs>().name == name;
}

std::unordered_set<std::string> changing_variables(const Graph& graph, const Storage& storage) {
  std::unordered_set<std::string> names;
  for (const auto& [name, value] : graph.updates()) {
    if (!is_variable_named(storage.root(value), name)) names.insert(name);
  }
  return names;
}
}  // namespace

void isolate_results(Graph& graph, const Storage& storage) {
  const auto changing = changing_variables(graph, storage);
  std::unordered_set<Value> taken;
  const auto updates = graph.updates();
  for (const auto& [name, value] : updates) {
    const Value root = storage.root(value);
    if (is_variable_named(root, name)) continue;
    const bool own = !is_leaf(*root.node) && taken.insert(root).second;
    if (!own) graph.set_update(name, copied(value));
  }
  const auto outputs = graph.outputs();
  for (const auto& [name, value] : outputs) {
    const Value root = storage.root(value);
    const bool passes =
        root.node->is("variable") && changing.count(root.node->attrs_as<LeafAttrs>().name) > 0;
    if (passes || root.node->is("input")) graph.set_output(name, copied(value));
  }
}

}  // namespace agon
