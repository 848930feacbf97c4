#include "engine/ir/expand.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"

namespace agon {

bool is_composite(const Node& node) {
  return node.op().expand && !node.op().reference;
}

namespace {
void expand(Node& node) {
  const Graph::OriginScope scope(node.graph(), node);
  const std::vector<Value> meaning = node.op().expand(node, node.attrs());
  if (meaning.size() != node.outputs().size()) {
    throw InternalError(fmt::format("{}: expands into {} values, has {} outputs", node.op().name,
                                    meaning.size(), node.outputs().size()));
  }
  for (std::size_t i = 0; i < meaning.size(); ++i)
    node.graph().replace(node.out(static_cast<int>(i)), meaning[i]);
}
}  // namespace

bool expand_composites(Graph& graph) {
  // a meaning may hold composites again: they are appended, so the loop reaches them
  bool any = false;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    Node& node = *graph.nodes()[i];
    if (!is_composite(node)) continue;
    expand(node);
    any = true;
  }
  if (any) graph.remove_dead();
  return any;
}

}  // namespace agon
