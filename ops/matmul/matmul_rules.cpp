#include <algorithm>

#include "engine/ir/op_def.h"
#include "ops/matmul/matmul.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

/// A product over the first axis of both: the gradient of a dense layer's weight.
bool is_weight_grad(Value v) {
  return v.node->is("matmul") && v.rank() == 2 &&
         v.node->attrs_as<MatmulAttrs>() == MatmulAttrs{.transpose_a = true};
}

bool is_read_once(const Graph& graph, Value v) {
  const auto is_v = [&](const Graph::Named& named) { return named.value == v; };
  return graph.users()[static_cast<std::size_t>(v.node->id())].size() == 1 &&
         std::ranges::none_of(graph.outputs(), is_v) && std::ranges::none_of(graph.updates(), is_v);
}

/// A weight used for two batches, such as a discriminator's. One product writes its gradient once;
/// done where putting the batches together moves less than that saves.
Value sum_of_weight_grads(Node& node) {
  const Value p = node.in(0), q = node.in(1);
  if (!is_weight_grad(p) || !is_weight_grad(q) || p.type() != q.type() || p == q) return {};
  const std::int64_t m = p.shape()[0], n = p.shape()[1];
  const std::int64_t k = p.node->in(0).shape()[0] + q.node->in(0).shape()[0];
  if (k * (m + n) >= m * n || !is_read_once(node.graph(), p) || !is_read_once(node.graph(), q))
    return {};
  return matmul(concat({p.node->in(0), q.node->in(0)}, 0),
                concat({p.node->in(1), q.node->in(1)}, 0), {.transpose_a = true});
}

}  // namespace

void register_matmul_rules(OpRegistry& ops) {
  ops.add_rule({"a^T b + c^T d => (a, c)^T (b, d)", "add", sum_of_weight_grads});
}

}  // namespace agon
