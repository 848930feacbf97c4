#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/ir/expand.h"
#include "engine/ir/op_def.h"
#include "engine/ir/reference.h"
#include "engine/runtime/executor.h"

namespace agon {

namespace {

using Arrays = std::map<std::string, NdArray>;

NdArray leaf_value(const Node& node, const Arrays& given) {
  const auto& leaf = node.attrs_as<LeafAttrs>();
  const auto it = given.find(leaf.name);
  if (it == given.end())
    throw InternalError(fmt::format("{} '{}' was not given", node.op().name, leaf.name));
  if (it->second.type != node.out_type()) {
    throw InternalError(fmt::format("{} '{}': expected {}, got {}", node.op().name, leaf.name,
                                    to_text(node.out_type()), to_text(it->second.type)));
  }
  return it->second;
}

bool has_composites(const Graph& graph) {
  for (const auto& node : graph.nodes()) {
    if (is_composite(*node)) return true;
  }
  return false;
}

}  // namespace

Arrays run_reference(const Graph& graph, const Arrays& inputs, const Arrays& variables) {
  if (has_composites(graph)) {
    const auto lowered = graph.clone();
    expand_composites(*lowered);
    return run_reference(*lowered, inputs, variables);
  }
  const EvaluatedGraph values(graph, [&](const Node& leaf) {
    return leaf_value(leaf, leaf.is("input") ? inputs : variables);
  });
  Arrays results;
  for (const auto& [name, v] : graph.outputs()) results[name] = values.at(v);
  for (const auto& [name, v] : graph.updates()) results["update:" + name] = values.at(v);
  return results;
}

}  // namespace agon
