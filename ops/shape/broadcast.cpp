#include <fmt/format.h>

#include "engine/base/error.h"
#include "ops/pointwise/stretch.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/attrs.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

std::vector<Type> broadcast_type(std::span<const Type> in, const ShapeAttrs& a) {
  const Shape& from = in[0].shape;
  bool fits = from.rank() == 0 || from.rank() == a.shape.rank();
  for (int axis = 0; fits && axis < from.rank(); ++axis)
    fits = from[axis] == 1 || from[axis] == a.shape[axis];
  if (!fits) {
    throw GraphError(fmt::format("expects a scalar or the axes of {}, each may be 1, got {}",
                                 to_text(a.shape), to_text(from)));
  }
  return {Type{in[0].dtype, a.shape}};
}

}  // namespace

void register_broadcast(OpRegistry& ops) {
  ops.add(Op<ShapeAttrs>{
      .name = "broadcast",
      .doc = "axes of size 1, or a scalar, repeated to the shape",
      .inputs = {"x"},
      .infer = broadcast_type,
      .gradient = [](Grad& g,
                     const ShapeAttrs&) { g.set(0, sum_to(g.out_grad(), g.in(0).shape())); },
      .reference =
          [](const ReferenceCall& call, const ShapeAttrs&) {
            reference_pointwise(call, [](auto v) { return v[0]; });
          },
      .is_pointwise = true});
}

Value broadcast(Value x, const Shape& shape) {
  if (x.shape() == shape) return x;
  return x.graph().add("broadcast", {x}, ShapeAttrs{shape});
}

}  // namespace agon
