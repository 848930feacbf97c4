#include "engine/passes/fuse.h"

#include <unordered_map>

#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"
#include "engine/passes/regions.h"
#include "engine/passes/sequence.h"

namespace agon {

namespace {

/// The body of a region and what the graph feeds it.
struct Body {
  Graph graph;
  std::vector<Value> inputs;
  std::unordered_map<Value, Value> inside;  // value of the graph -> value of the body

  explicit Body(const OpRegistry& ops) : graph(ops) {}

  Value at(Value v) {
    const auto known = inside.find(v);
    if (known != inside.end()) return known->second;
    return inside[v] = is_number(v) ? graph.add("constant", {}, v.node->attrs()) : fed(v);
  }

 private:
  static bool is_number(Value v) {
    return v.node->is("constant") && v.node->attrs_as<ConstantAttrs>().values.size() == 1;
  }

  Value fed(Value v) {
    inputs.push_back(v);
    return graph.input(std::to_string(inputs.size() - 1), v.type());
  }
};

/// Replaces the results of a region by those of one node; null where nothing is fed to it.
Node* fuse_region(Graph& graph, const Region& region) {
  Body body(graph.ops());
  for (Node* member : region.members) {
    std::vector<Value> in;
    for (const Value& v : member->inputs()) in.push_back(body.at(v));
    body.inside[member->out()] = body.graph.add(member->op().name, std::move(in), member->attrs());
  }
  if (body.inputs.empty()) return nullptr;
  for (std::size_t i = 0; i < region.results.size(); ++i)
    body.graph.set_output(std::to_string(i), body.inside.at(region.results[i]->out()));
  const Graph::OriginScope scope(graph, *region.results.back());
  const std::vector<Value> outputs = add_fused(graph, body.graph, body.inputs);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    graph.replace(region.results[i]->out(), outputs[i]);
  return outputs[0].node;
}

}  // namespace

bool fuse(Graph& graph) {
  std::unordered_map<const Node*, int> place_of;
  for (const Region& region : find_regions(graph)) {
    const int place = region.results.front()->id();
    if (const Node* node = fuse_region(graph, region)) place_of[node] = place;
  }
  if (place_of.empty()) return false;
  graph.remove_dead();
  graph.resequence(sequence(graph, place_of));
  return true;
}

}  // namespace agon
