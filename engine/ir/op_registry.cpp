#include <fmt/format.h>

#include <algorithm>

#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"

namespace agon {

namespace {
std::vector<Type> leaf_type(std::span<const Type>, const LeafAttrs& a) {
  return {Type{a.dtype, a.shape}};
}

std::vector<Type> same_type(std::span<const Type> in, const NoAttrs&) {
  return {in[0]};
}

/// An op that gives its input byte for byte, in other memory.
Op<> carrying(std::string name, std::string doc) {
  return {.name = std::move(name),
          .doc = std::move(doc),
          .inputs = {"x"},
          .infer = same_type,
          .gradient = [](Grad& g, const NoAttrs&) { g.set(0, g.out_grad()); },
          .reference = [](const ReferenceCall& call,
                          const NoAttrs&) { call.out[0].values = call.in[0]->values; }};
}

void must_be_bound(const ReferenceCall&, const LeafAttrs& a) {
  throw InternalError("leaf '" + a.name + "' was not bound");
}
}  // namespace

OpRegistry::OpRegistry() {
  add(Op<LeafAttrs>{.name = "input",
                    .doc = "what the runner feeds each step",
                    .inputs = {},
                    .infer = leaf_type,
                    .reference = must_be_bound});
  add(Op<LeafAttrs>{.name = "variable",
                    .doc = "the value of a variable when the step begins",
                    .inputs = {},
                    .infer = leaf_type,
                    .reference = must_be_bound});
  add(Op<ConstantAttrs>{
      .name = "constant",
      .doc = "the values given; one value fills the shape",
      .inputs = {},
      .infer = [](std::span<const Type>, const ConstantAttrs& a) -> std::vector<Type> {
        const auto count = static_cast<std::int64_t>(a.values.size());
        if (count != 1 && count != a.shape.elements()) {
          throw GraphError(
              fmt::format("expects 1 or {} values, got {}", a.shape.elements(), count));
        }
        return {Type{a.dtype, a.shape}};
      },
      .reference =
          [](const ReferenceCall& call, const ConstantAttrs& a) {
            auto& y = call.out[0].values;
            if (a.values.size() == 1) {
              std::fill(y.begin(), y.end(), a.values[0]);
            } else {
              y = a.values;
            }
          }});
  add(carrying("copy", "y = x in memory of its own; put in by the planner"));
  add(carrying("upload", "y = x in memory of the accelerator, x in the host's; put in by a pass"));
  add(carrying("download",
               "y = x in memory of the host, x in the accelerator's; put in by a pass"));
  register_fused(*this);
}

void OpRegistry::insert(OpDef def) {
  if (by_name_.count(def.name) != 0)
    throw InternalError("op '" + def.name + "' is registered twice");
  if (!def.reference && !def.expand)
    throw InternalError("op '" + def.name + "' has no meaning: neither reference nor expand");
  ordered_.push_back(std::make_unique<OpDef>(std::move(def)));
  by_name_[ordered_.back()->name] = ordered_.back().get();
}

const OpDef* OpRegistry::find(std::string_view name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

const OpDef& OpRegistry::at(std::string_view name) const {
  const OpDef* def = find(name);
  if (def == nullptr) throw InternalError(fmt::format("no op named '{}'", name));
  return *def;
}

void OpRegistry::add_rule(Rule rule) {
  rules_[rule.op].push_back(std::move(rule));
}

std::span<const Rule> OpRegistry::rules_for(std::string_view op) const {
  const auto it = rules_.find(op);
  return it == rules_.end() ? std::span<const Rule>() : std::span(it->second);
}

std::vector<const OpDef*> OpRegistry::all() const {
  std::vector<const OpDef*> list;
  list.reserve(ordered_.size());
  for (const auto& def : ordered_) list.push_back(def.get());
  return list;
}

}  // namespace agon
