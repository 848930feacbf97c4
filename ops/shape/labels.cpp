#include <fmt/format.h>

#include <numeric>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"
#include "ops/shape/attrs.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

std::vector<Type> one_hot_type(std::span<const Type> in, const OneHotAttrs& a) {
  if (in[0].dtype != DType::I32 || in[0].shape.rank() != 1)
    throw GraphError("expects labels i32[n], got " + to_text(in[0]));
  if (a.classes < 1) throw GraphError(fmt::format("expects at least 1 classes, got {}", a.classes));
  return {Type{a.dtype, Shape{in[0].shape[0], a.classes}}};
}

void one_hot_reference(const ReferenceCall& call, const OneHotAttrs& a) {
  const NdArray& labels = *call.in[0];
  for (std::int64_t i = 0; i < labels.size(); ++i) {
    const auto label = static_cast<std::int64_t>(labels[i]);
    if (label >= 0 && label < a.classes) call.out[0][i * a.classes + label] = 1;
  }
}

}  // namespace

void register_labels(OpRegistry& ops) {
  ops.add(Op<OneHotAttrs>{.name = "one_hot",
                          .doc = "y[i, labels[i]] = 1, else 0; labels outside give a row of 0",
                          .inputs = {"labels"},
                          .infer = one_hot_type,
                          .stops_gradient = true,
                          .reference = one_hot_reference});
  ops.add(Op<IotaAttrs>{.name = "iota",
                        .doc = "0, 1, 2, ..., n - 1 as i32",
                        .inputs = {},
                        .infer =
                            [](std::span<const Type>, const IotaAttrs& a) {
                              return std::vector{Type{DType::I32, Shape{a.n}}};
                            },
                        .stops_gradient = true,
                        .reference =
                            [](const ReferenceCall& call, const IotaAttrs&) {
                              std::iota(call.out[0].values.begin(), call.out[0].values.end(), 0.0);
                            }});
}

Value one_hot(Value labels, std::int64_t classes, DType dtype) {
  return labels.graph().add("one_hot", {labels}, OneHotAttrs{classes, dtype});
}

Value iota(Graph& graph, std::int64_t n) {
  return graph.add("iota", {}, IotaAttrs{n});
}

}  // namespace agon
