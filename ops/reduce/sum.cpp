#include <numeric>

#include "engine/ir/op_def.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/axes.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

std::vector<std::int64_t> all_axes(Value x) {
  std::vector<std::int64_t> axes(static_cast<std::size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

void sum_gradient(Grad& g, const ReduceAttrs& a) {
  const Shape& shape = g.in(0).shape();
  g.set(0, broadcast(reshape(g.out_grad(), kept_shape(shape, a.axes)), shape));
}

void sum_reference(const ReferenceCall& call, const ReduceAttrs& a) {
  const NdArray& x = *call.in[0];
  for_each_reduced(x.type.shape, a.axes, [&](auto i, auto o) { call.out[0][o] += x[i]; });
}

}  // namespace

void register_sum(OpRegistry& ops) {
  ops.add(
      Op<ReduceAttrs>{.name = "sum",
                      .doc = "the sum over the axes",
                      .inputs = {"x"},
                      .infer =
                          [](std::span<const Type> in, const ReduceAttrs& a) {
                            return std::vector{Type{in[0].dtype, reduced_shape(in[0].shape, a)}};
                          },
                      .gradient = sum_gradient,
                      .reference = sum_reference,
                      .flops = count_input_elements,
                      .folded_axes = [](const ReduceAttrs& a) { return a.axes; }});
}

Value sum(Value x, std::vector<std::int64_t> axes, bool keep) {
  return x.graph().add("sum", {x}, ReduceAttrs{std::move(axes), keep});
}

Value sum(Value x) {
  return sum(x, all_axes(x));
}

Value mean(Value x, std::vector<std::int64_t> axes, bool keep) {
  Value total = sum(x, std::move(axes), keep);
  const auto count =
      static_cast<double>(x.shape().elements()) / static_cast<double>(total.shape().elements());
  return count == 1 ? total : total / count;
}

Value mean(Value x) {
  return mean(x, all_axes(x));
}

Value sum_to(Value x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (shape.rank() == 0) return sum(x);
  std::vector<std::int64_t> axes;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1 && x.shape()[axis] != 1) axes.push_back(axis);
  }
  return sum(x, std::move(axes), true);
}

}  // namespace agon
