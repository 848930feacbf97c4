#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/philox.h"
#include "engine/ir/op_def.h"
#include "ops/random/normal.h"
#include "ops/random/random.h"
#include "ops/random/random_device.h"

namespace agon {

namespace {

std::vector<Type> draw_type(std::span<const Type> in, const RandomAttrs& a) {
  for (const Type& t : in) {
    if (t != Type{DType::F64, {}})
      throw GraphError(fmt::format("expects step and draw f64[], got {}", to_text(t)));
  }
  if (!is_floating(a.dtype))
    throw GraphError(fmt::format("expects a floating dtype, got {}", name_of(a.dtype)));
  return {Type{a.dtype, a.shape}};
}

template <double (*number)(std::uint32_t)>
void draw_reference(const ReferenceCall& call, const RandomAttrs& a) {
  const PhiloxKey key = stream_key(a.seed, a.stream);
  const auto step = static_cast<std::uint32_t>((*call.in[0])[0]);
  const auto draw = static_cast<std::uint32_t>((*call.in[1])[0]);
  for (std::int64_t i = 0; i < call.out[0].size(); ++i) {
    const auto element = static_cast<std::uint64_t>(i);
    call.out[0][i] = number(philox(block_counter(element, step, draw), key)[element % 4]);
  }
}

void add_draw(OpRegistry& ops, const char* name, const char* doc,
              void (*reference)(const ReferenceCall&, const RandomAttrs&)) {
  ops.add(Op<RandomAttrs>{
      .name = name,
      .doc = doc,
      .inputs = {"step", "draw"},
      .infer = draw_type,
      .stops_gradient = true,
      .reference = reference,
      .flops = [](const Node& n) { return static_cast<double>(n.out_type().shape.elements()); }});
}

}  // namespace

double normal_of(std::uint32_t word) {
  return device::normal_number(word);
}

void register_draws(OpRegistry& ops) {
  add_draw(ops, "random_uniform", "uniform in [0, 1), 24 bits, by Philox4x32-10",
           draw_reference<unit_uniform>);
  add_draw(ops, "random_normal", "standard normal, by the inverse of its cumulative distribution",
           draw_reference<normal_of>);
}

Value random_uniform(Value step, Value draw, RandomAttrs attrs) {
  return step.graph().add("random_uniform", {step, draw}, std::move(attrs));
}

Value random_normal(Value step, Value draw, RandomAttrs attrs) {
  return step.graph().add("random_normal", {step, draw}, std::move(attrs));
}

}  // namespace agon
