#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"
#include "ops/reduce/axes.h"
#include "ops/shape/attrs.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

std::vector<Type> concat_type(std::span<const Type> in, const ConcatAttrs& a) {
  expect_axis(in[0].shape, a.axis);
  const int axis = static_cast<int>(a.axis);
  std::int64_t size = 0;
  for (const Type& t : in) {
    const bool fits = t.dtype == in[0].dtype && t.shape.rank() == in[0].shape.rank() &&
                      t.shape.with(axis, 0) == in[0].shape.with(axis, 0);
    if (!fits) {
      throw GraphError(fmt::format("expects values that differ along axis {} only, got {} and {}",
                                   axis, to_text(in[0]), to_text(t)));
    }
    size += t.shape[axis];
  }
  return {Type{in[0].dtype, in[0].shape.with(axis, size)}};
}

void concat_gradient(Grad& g, const ConcatAttrs& a) {
  std::int64_t from = 0;
  for (int i = 0; i < static_cast<int>(g.node().inputs().size()); ++i) {
    const std::int64_t to = from + g.in(i).shape()[static_cast<int>(a.axis)];
    if (g.wants(i)) g.set(i, slice(g.out_grad(), a.axis, from, to));
    from = to;
  }
}

void concat_reference(const ReferenceCall& call, const ConcatAttrs& a) {
  std::int64_t from = 0;
  const auto axis = static_cast<std::size_t>(a.axis);
  for (const NdArray* x : call.in) {
    std::int64_t at = 0;
    for_each_index(x->type.shape, [&](auto index) {
      index[axis] += from;
      call.out[0][offset_of(call.out[0].type.shape, index)] = (*x)[at++];
    });
    from += x->type.shape[static_cast<int>(axis)];
  }
}

}  // namespace

void register_concat(OpRegistry& ops) {
  ops.add(Op<ConcatAttrs>{.name = "concat",
                          .doc = "the values one after another along the axis",
                          .inputs = {"xs..."},
                          .infer = concat_type,
                          .gradient = concat_gradient,
                          .reference = concat_reference});
}

Value concat(std::vector<Value> xs, std::int64_t axis) {
  if (xs.empty()) throw GraphError("concat: expects at least 1 inputs, got 0");
  if (xs.size() == 1) return xs[0];
  Graph& graph = xs[0].graph();
  return graph.add("concat", std::move(xs), ConcatAttrs{axis});
}

}  // namespace agon
