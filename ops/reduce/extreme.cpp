#include "ops/reduce/extreme.h"

#include <cmath>
#include <limits>

#include "engine/ir/op_def.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/axes.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

void reduce_max_gradient(Grad& g, const ReduceAttrs& a) {
  Value x = g.in(0);
  const Shape kept = kept_shape(x.shape(), a.axes);
  Value holds = equal(x, reshape(g.out(), kept));
  Value share = reshape(g.out_grad(), kept) / sum(holds, a.axes, true);
  g.set(0, holds * share);
}

void reduce_max_reference(const ReferenceCall& call, const ReduceAttrs& a) {
  const NdArray& x = *call.in[0];
  NdArray& y = call.out[0];
  y.values.assign(y.values.size(), -std::numeric_limits<double>::infinity());
  for_each_reduced(x.type.shape, a.axes, [&](auto i, auto o) {
    if (x[i] > y[o] || std::isnan(x[i])) y[o] = x[i];
  });
}

std::vector<Type> position_type(std::span<const Type> in, const AxisAttrs& a) {
  expect_axis(in[0].shape, a.axis);
  return {Type{DType::I32, in[0].shape.without(static_cast<int>(a.axis))}};
}

template <bool largest>
void position_reference(const ReferenceCall& call, const AxisAttrs& a) {
  const NdArray& x = *call.in[0];
  const Shape& shape = x.type.shape;
  const auto along = shape.strides()[static_cast<std::size_t>(a.axis)];
  std::vector<double> best(static_cast<std::size_t>(call.out[0].size()));
  for_each_reduced(shape, {a.axis}, [&](std::int64_t i, std::int64_t o) {
    const std::int64_t position = i / along % shape[static_cast<int>(a.axis)];
    double& found = best[static_cast<std::size_t>(o)];
    if (position > 0 && !(largest ? x[i] > found : x[i] < found)) return;
    found = x[i];
    call.out[0][o] = static_cast<double>(position);
  });
}

void add_position(OpRegistry& ops, const char* name, const char* doc,
                  void (*reference)(const ReferenceCall&, const AxisAttrs&)) {
  ops.add(Op<AxisAttrs>{.name = name,
                        .doc = doc,
                        .inputs = {"x"},
                        .infer = position_type,
                        .stops_gradient = true,
                        .reference = reference,
                        .flops = count_input_elements});
}

}  // namespace

void register_extreme(OpRegistry& ops) {
  ops.add(Op<ReduceAttrs>{
      .name = "reduce_max",
      .doc = "the largest over the axes; the gradient goes in equal shares to all that are",
      .inputs = {"x"},
      .infer =
          [](std::span<const Type> in, const ReduceAttrs& a) {
            return std::vector{Type{in[0].dtype, reduced_shape(in[0].shape, a)}};
          },
      .gradient = reduce_max_gradient,
      .reference = reduce_max_reference,
      .flops = count_input_elements,
      .folded_axes = [](const ReduceAttrs& a) { return a.axes; }});
  add_position(ops, "argmax", "i32 position of the first largest element along the axis, dropped",
               position_reference<true>);
  add_position(ops, "argmin", "i32 position of the first smallest element along the axis, dropped",
               position_reference<false>);
}

Value reduce_max(Value x, std::vector<std::int64_t> axes, bool keep) {
  return x.graph().add("reduce_max", {x}, ReduceAttrs{std::move(axes), keep});
}

Value argmax(Value x, std::int64_t axis) {
  return x.graph().add("argmax", {x}, AxisAttrs{axis});
}

Value argmin(Value x, std::int64_t axis) {
  return x.graph().add("argmin", {x}, AxisAttrs{axis});
}

}  // namespace agon
