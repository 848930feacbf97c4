#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "ops/reduce/axes.h"
#include "ops/shape/attrs.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

std::vector<Type> slice_type(std::span<const Type> in, const SliceAttrs& a) {
  const Shape& shape = in[0].shape;
  expect_axis(shape, a.axis);
  const int axis = static_cast<int>(a.axis);
  if (a.from < 0 || a.from >= a.to || a.to > shape[axis]) {
    throw GraphError(fmt::format("expects 0 <= from < to <= {} along axis {} of {}, got {} to {}",
                                 shape[axis], axis, to_text(shape), a.from, a.to));
  }
  return {Type{in[0].dtype, shape.with(axis, a.to - a.from)}};
}

void slice_gradient(Grad& g, const SliceAttrs& a) {
  const Shape& shape = g.in(0).shape();
  std::vector<std::int64_t> before(static_cast<std::size_t>(shape.rank()), 0);
  std::vector<std::int64_t> after = before;
  before[static_cast<std::size_t>(a.axis)] = a.from;
  after[static_cast<std::size_t>(a.axis)] = shape[static_cast<int>(a.axis)] - a.to;
  g.set(0, pad(g.out_grad(), std::move(before), std::move(after)));
}

void slice_reference(const ReferenceCall& call, const SliceAttrs& a) {
  std::int64_t at = 0;
  for_each_index(call.out[0].type.shape, [&](auto index) {
    index[static_cast<std::size_t>(a.axis)] += a.from;
    call.out[0][at++] = (*call.in[0])[offset_of(call.in[0]->type.shape, index)];
  });
}

std::vector<Type> pad_type(std::span<const Type> in, const PadAttrs& a) {
  Shape shape = in[0].shape;
  const auto rank = static_cast<std::size_t>(shape.rank());
  if (a.before.size() != rank || a.after.size() != rank) {
    throw GraphError(fmt::format("expects before and after for each axis of {}, got {} and {}",
                                 to_text(shape), list_text(a.before), list_text(a.after)));
  }
  for (std::size_t i = 0; i < rank; ++i) {
    if (a.before[i] < 0 || a.after[i] < 0) {
      throw GraphError(fmt::format("expects no negative padding, got {} and {}",
                                   list_text(a.before), list_text(a.after)));
    }
    const int axis = static_cast<int>(i);
    shape = shape.with(axis, a.before[i] + shape[axis] + a.after[i]);
  }
  return {Type{in[0].dtype, shape}};
}

void pad_gradient(Grad& g, const PadAttrs& a) {
  Value dx = g.out_grad();
  for (int axis = 0; axis < dx.rank(); ++axis) {
    const std::int64_t from = a.before[static_cast<std::size_t>(axis)];
    dx = slice(dx, axis, from, from + g.in(0).shape()[axis]);
  }
  g.set(0, dx);
}

void pad_reference(const ReferenceCall& call, const PadAttrs& a) {
  std::int64_t at = 0;
  for_each_index(call.in[0]->type.shape, [&](auto index) {
    for (std::size_t i = 0; i < a.before.size(); ++i) index[i] += a.before[i];
    call.out[0][offset_of(call.out[0].type.shape, index)] = (*call.in[0])[at++];
  });
}

}  // namespace

void register_slice(OpRegistry& ops) {
  ops.add(Op<SliceAttrs>{.name = "slice",
                         .doc = "elements from (included) to (excluded) along the axis",
                         .inputs = {"x"},
                         .infer = slice_type,
                         .gradient = slice_gradient,
                         .reference = slice_reference});
  ops.add(Op<PadAttrs>{.name = "pad",
                       .doc = "x with zeros before and after along each axis",
                       .inputs = {"x"},
                       .infer = pad_type,
                       .gradient = pad_gradient,
                       .reference = pad_reference});
}

Value slice(Value x, std::int64_t axis, std::int64_t from, std::int64_t to) {
  if (axis >= 0 && axis < x.rank() && from == 0 && to == x.shape()[static_cast<int>(axis)])
    return x;
  return x.graph().add("slice", {x}, SliceAttrs{axis, from, to});
}

Value pad(Value x, std::vector<std::int64_t> before, std::vector<std::int64_t> after) {
  return x.graph().add("pad", {x}, PadAttrs{std::move(before), std::move(after)});
}

}  // namespace agon
