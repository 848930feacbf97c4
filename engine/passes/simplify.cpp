#include "engine/passes/simplify.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"

namespace agon {

namespace {
bool apply_rules(Node& node) {
  for (const Rule& rule : node.graph().ops().rules_for(node.op().name)) {
    const Graph::OriginScope scope(node.graph(), node);
    const Value better = rule.apply(node);
    if (!better) continue;
    if (better.type() != node.out_type()) {
      throw InternalError(fmt::format("rule '{}': {} became {}", rule.name,
                                      to_text(node.out_type()), to_text(better.type())));
    }
    node.graph().replace(node.out(), better);
    return true;
  }
  return false;
}
}  // namespace

bool simplify(Graph& graph) {
  bool any = false;
  // a node that was replaced is read by nobody and gone before the next round
  for (bool changed = true; changed; graph.remove_dead()) {
    changed = false;
    for (Node* node : graph.topological_order()) changed = apply_rules(*node) || changed;
    any = any || changed;
  }
  return any;
}

}  // namespace agon
