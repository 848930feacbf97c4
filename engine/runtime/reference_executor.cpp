#include <fmt/format.h>

#include <unordered_map>

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

std::vector<NdArray> value_of(const Node& node,
                              const std::unordered_map<const Node*, std::vector<NdArray>>& known,
                              const Arrays& inputs, const Arrays& variables) {
  if (node.is("input")) return {leaf_value(node, inputs)};
  if (node.is("variable")) return {leaf_value(node, variables)};
  std::vector<const NdArray*> in;
  for (const Value& v : node.inputs())
    in.push_back(&known.at(v.node)[static_cast<std::size_t>(v.output)]);
  return evaluate(node, in);
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
  std::unordered_map<const Node*, std::vector<NdArray>> known;
  for (const Node* node : graph.topological_order())
    known[node] = value_of(*node, known, inputs, variables);
  Arrays results;
  const auto value = [&](Value v) { return known.at(v.node)[static_cast<std::size_t>(v.output)]; };
  for (const auto& [name, v] : graph.outputs()) results[name] = value(v);
  for (const auto& [name, v] : graph.updates()) results["update:" + name] = value(v);
  return results;
}

}  // namespace agon
