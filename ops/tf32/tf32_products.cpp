#include "engine/ir/op_def.h"
#include "engine/passes/sequence.h"
#include "ops/conv/conv2d.h"
#include "ops/gemm/variants.h"
#include "ops/matmul/matmul.h"
#include "ops/tf32/tf32.h"

namespace agon {

namespace {

constexpr std::string_view kEnding = "_tf32";

template <AttrStruct A>
void add_variant(OpRegistry& ops, std::string_view name) {
  const OpDef& product = ops.at(name);
  ops.add(Op<A>{
      .name = product.name + std::string(kEnding),
      .doc = product.name + ", for which a GPU may multiply TF32; put in by the pass allow_tf32",
      .inputs = product.inputs,
      .infer = [&product](std::span<const Type> in,
                          const A& a) { return product.infer(in, Attrs(a)); },
      .expand =
          [&product](Node& node, const A& a) {
            return std::vector{node.graph().add(
                product.name, {node.inputs().begin(), node.inputs().end()}, Attrs(a))};
          },
      .reference = [&product](const ReferenceCall& call,
                              const A& a) { product.reference(call, Attrs(a)); },
      .flops = product.flops});
}

}  // namespace

bool allow_tf32(Graph& graph) {
  const auto replaced =
      vary_products(graph, kEnding, [](const Node& node) { return node.device() == Device::Gpu; });
  if (!replaced.empty()) graph.resequence(sequence(graph, replaced));
  return !replaced.empty();
}

void register_tf32_products(OpRegistry& ops) {
  for (const std::string_view name : kProductOps) {
    if (name == "matmul") {
      add_variant<MatmulAttrs>(ops, name);
    } else {
      add_variant<Conv2dAttrs>(ops, name);
    }
  }
}

}  // namespace agon
