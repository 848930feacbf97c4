#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"
#include "ops/shape/attrs.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

std::vector<Type> reshape_type(std::span<const Type> in, const ShapeAttrs& a) {
  if (a.shape.elements() != in[0].shape.elements()) {
    throw GraphError(fmt::format("expects {} elements for {}, got {} in {}", a.shape.elements(),
                                 to_text(a.shape), in[0].shape.elements(), to_text(in[0].shape)));
  }
  return {Type{in[0].dtype, a.shape}};
}

}  // namespace

void register_reshape(OpRegistry& ops) {
  ops.add(Op<ShapeAttrs>{
      .name = "reshape",
      .doc = "the same elements in row-major order, in another shape",
      .inputs = {"x"},
      .infer = reshape_type,
      .gradient = [](Grad& g,
                     const ShapeAttrs&) { g.set(0, reshape(g.out_grad(), g.in(0).shape())); },
      .reference = [](const ReferenceCall& call,
                      const ShapeAttrs&) { call.out[0].values = call.in[0]->values; },
      .is_view = true});
}

Value reshape(Value x, const Shape& shape) {
  if (x.shape() == shape) return x;
  return x.graph().add("reshape", {x}, ShapeAttrs{shape});
}

}  // namespace agon
