#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "ops/shape/attrs.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

std::vector<Type> transpose_type(std::span<const Type> in, const TransposeAttrs& a) {
  std::vector<std::int64_t> expected(static_cast<std::size_t>(in[0].shape.rank()));
  std::iota(expected.begin(), expected.end(), 0);
  if (!std::is_permutation(a.axes.begin(), a.axes.end(), expected.begin(), expected.end())) {
    throw GraphError(fmt::format("expects the axes of {} in some order, got {}",
                                 to_text(in[0].shape), list_text(a.axes)));
  }
  Shape shape = in[0].shape;
  for (int i = 0; i < shape.rank(); ++i)
    shape = shape.with(i, in[0].shape[static_cast<int>(a.axes[static_cast<std::size_t>(i)])]);
  return {Type{in[0].dtype, shape}};
}

void transpose_gradient(Grad& g, const TransposeAttrs& a) {
  std::vector<std::int64_t> back(a.axes.size());
  for (std::size_t i = 0; i < back.size(); ++i)
    back[static_cast<std::size_t>(a.axes[i])] = static_cast<std::int64_t>(i);
  g.set(0, transpose(g.out_grad(), std::move(back)));
}

void transpose_reference(const ReferenceCall& call, const TransposeAttrs& a) {
  const NdArray& x = *call.in[0];
  const auto strides = x.type.shape.strides();
  std::int64_t at = 0;
  for_each_index(call.out[0].type.shape, [&](const auto& index) {
    std::int64_t from = 0;
    for (std::size_t i = 0; i < a.axes.size(); ++i)
      from += index[i] * strides[static_cast<std::size_t>(a.axes[i])];
    call.out[0][at++] = x[from];
  });
}

}  // namespace

void register_transpose(OpRegistry& ops) {
  ops.add(Op<TransposeAttrs>{.name = "transpose",
                             .doc = "output axis i is input axis axes[i]",
                             .inputs = {"x"},
                             .infer = transpose_type,
                             .gradient = transpose_gradient,
                             .reference = transpose_reference});
}

Value transpose(Value x, std::vector<std::int64_t> axes) {
  return x.graph().add("transpose", {x}, TransposeAttrs{std::move(axes)});
}

}  // namespace agon
