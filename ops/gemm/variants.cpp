#include "ops/gemm/variants.h"

#include <algorithm>

#include "engine/ir/op_def.h"

namespace agon {

std::unordered_map<const Node*, int> vary_products(Graph& graph, std::string_view ending,
                                                   const std::function<bool(const Node&)>& wanted) {
  std::unordered_map<const Node*, int> replaced;
  for (Node* node : graph.topological_order()) {
    const bool is_product =
        std::ranges::any_of(kProductOps, [&](std::string_view op) { return node->is(op); });
    if (!is_product || node->out_type().dtype != DType::F32 || !wanted(*node)) continue;
    const Graph::OriginScope scope(graph, *node);
    const Value variant = graph.add(node->op().name + std::string(ending),
                                    {node->inputs().begin(), node->inputs().end()}, node->attrs());
    graph.replace(node->out(), variant);
    replaced[variant.node] = node->id();
  }
  if (!replaced.empty()) graph.remove_dead();
  return replaced;
}

}  // namespace agon
