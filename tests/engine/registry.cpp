#include "tests/engine/registry.h"

#include "engine/ir/print.h"
#include "ops/ops.h"
#include "ops/pointwise/pointwise.h"

namespace agon {

namespace {

std::vector<Type> same_as_first(std::span<const Type> in, const NoAttrs&) {
  return {in[0]};
}

void add_test_ops(OpRegistry& ops) {
  ops.add(Op<OneNameForTwo>{
      .name = "scaled",
      .doc = "y = x by and_by",
      .inputs = {"x"},
      .infer = [](std::span<const Type> in, const OneNameForTwo&) { return std::vector{in[0]}; },
      .expand = [](Node& n, const OneNameForTwo& a) -> std::vector<Value> {
        return {n.in(0) * (a.by * a.and_by)};
      }});
  ops.add(Op<>{.name = "square_sum",
               .doc = "y = a a + b b",
               .inputs = {"a", "b"},
               .infer = same_as_first,
               .expand = [](Node& n, const NoAttrs&) -> std::vector<Value> {
                 return {n.in(0) * n.in(0) + n.in(1) * n.in(1)};
               }});
  ops.add(Op<>{.name = "blend",
               .doc = "y = tanh(square_sum(a, b)) + a",
               .inputs = {"a", "b"},
               .infer = same_as_first,
               .expand = [](Node& n, const NoAttrs&) -> std::vector<Value> {
                 return {tanh(n.graph().add("square_sum", {n.in(0), n.in(1)})) + n.in(0)};
               }});
  ops.add(Op<>{.name = "both",
               .doc = "y = a + b, z = a - b",
               .inputs = {"a", "b"},
               .infer = [](std::span<const Type> in, const NoAttrs&) -> std::vector<Type> {
                 return {in[0], in[1]};
               },
               .stops_gradient = true,
               .reference =
                   [](const ReferenceCall& call, const NoAttrs&) {
                     for (std::int64_t i = 0; i < call.in[0]->size(); ++i) {
                       call.out[0][i] = (*call.in[0])[i] + (*call.in[1])[i];
                       call.out[1][i] = (*call.in[0])[i] - (*call.in[1])[i];
                     }
                   }});
  ops.add(Op<>{.name = "halves",
               .doc = "y = x / 2, z = x 3 / 2",
               .inputs = {"x"},
               .infer = [](std::span<const Type> in, const NoAttrs&) -> std::vector<Type> {
                 return {in[0], in[0]};
               },
               .gradient =
                   [](Grad& g, const NoAttrs&) {
                     const Value dy = g.out_grad(0), dz = g.out_grad(1);
                     if (dy && dz) g.set(0, dy * 0.5 + dz * 1.5);
                     if (dy && !dz) g.set(0, dy * 0.5);
                     if (!dy && dz) g.set(0, dz * 1.5);
                   },
               .reference =
                   [](const ReferenceCall& call, const NoAttrs&) {
                     for (std::int64_t i = 0; i < call.in[0]->size(); ++i) {
                       call.out[0][i] = (*call.in[0])[i] * 0.5;
                       call.out[1][i] = (*call.in[0])[i] * 1.5;
                     }
                   }});
}

}  // namespace

const OpRegistry& test_ops() {
  static const OpRegistry& ops = []() -> const OpRegistry& {
    static OpRegistry made;
    register_all_ops(made);
    add_test_ops(made);
    return made;
  }();
  return ops;
}

const KernelRegistry& no_kernels() {
  static const KernelRegistry none;
  return none;
}

std::string canonical(const std::string& text) {
  return to_text(*parse_graph(text, test_ops()));
}

}  // namespace agon
