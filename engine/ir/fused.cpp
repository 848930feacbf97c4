#include "engine/ir/fused.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "engine/ir/reference.h"

namespace agon {

namespace {

std::size_t input_index(const Node& input) {
  return std::stoul(input.attrs_as<LeafAttrs>().name);
}

std::vector<Type> infer(const OpRegistry& ops, std::span<const Type> in, const FusedAttrs& a) {
  const auto body = parse_graph(a.body, ops);
  for (const auto& node : body->nodes()) {
    if (!node->is("input")) continue;
    const std::size_t i = input_index(*node);
    if (i >= in.size() || in[i] != node->out_type()) {
      throw GraphError(fmt::format("input {} of the body expects {}, got {}", i,
                                   to_text(node->out_type()),
                                   i < in.size() ? to_text(in[i]) : "nothing"));
    }
  }
  std::vector<Type> types;
  for (const auto& [name, value] : body->outputs()) types.push_back(value.type());
  return types;
}

void reference(const OpRegistry& ops, const ReferenceCall& call, const FusedAttrs& a) {
  const auto body = parse_graph(a.body, ops);
  const EvaluatedGraph values(*body,
                              [&](const Node& input) { return *call.in[input_index(input)]; });
  for (std::size_t i = 0; i < call.out.size(); ++i)
    call.out[i] = values.at(body->outputs()[i].value);
}

double flops(const Node& node) {
  double total = 0;
  const auto body = fused_body(node);
  for (const auto& inner : body->nodes()) {
    if (inner->op().flops) total += inner->op().flops(*inner);
  }
  return total;
}

}  // namespace

void register_fused(OpRegistry& ops) {
  ops.add(Op<FusedAttrs>{
      .name = "fused",
      .doc = "small ops computed together; put in by the pass fuse, after differentiation",
      .inputs = {"xs..."},
      .infer = [&ops](std::span<const Type> in, const FusedAttrs& a) { return infer(ops, in, a); },
      .stops_gradient = true,
      .reference = [&ops](const ReferenceCall& call,
                          const FusedAttrs& a) { reference(ops, call, a); },
      .flops = flops});
}

std::unique_ptr<Graph> fused_body(const Node& node) {
  return parse_graph(node.attrs_as<FusedAttrs>().body, node.graph().ops());
}

std::vector<Value> add_fused(Graph& graph, const Graph& body, std::vector<Value> inputs) {
  Node* const node = graph.add("fused", std::move(inputs), FusedAttrs{to_text(body)}).node;
  std::vector<Value> outputs;
  for (int i = 0; i < static_cast<int>(node->outputs().size()); ++i)
    outputs.push_back(node->out(i));
  return outputs;
}

}  // namespace agon
