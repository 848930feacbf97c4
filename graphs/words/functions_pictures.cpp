#include <fmt/format.h>

#include "engine/base/error.h"
#include "graphs/words/function_tables.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

Tensor picture_argument(const FunctionCall& call) {
  const Tensor& x = call.tensor(0);
  expect_real(x);
  if (x.rank() != 4) {
    throw GraphError(
        fmt::format("expects [batch, channels, height, width], got {}", to_text(x.shape())));
  }
  return as_channels_last(x);
}

Tensor plain(Value value) {
  Tensor t;
  t.value = value;
  return t;
}

Term build_gram(const FunctionCall& call) {
  const Tensor x = picture_argument(call);
  const Shape s = x.shape();
  const Value f = reshape(x.value, {s[0], s[2] * s[3], s[1]});
  const Value products = matmul(f, f, {.transpose_a = true});
  return plain(products / static_cast<double>(s[1] * s[2] * s[3]));
}

/// mean |x[i + 1] - x[i]| along one engine axis; 0 where there is one pixel only.
Value mean_step(Value x, int axis) {
  const std::int64_t size = x.shape()[axis];
  if (size == 1) return x.graph().constant(0, x.dtype());
  return mean(abs(slice(x, axis, 1, size) - slice(x, axis, 0, size - 1)));
}

Term build_total_variation(const FunctionCall& call) {
  const Value x = picture_argument(call).value;
  return plain(mean_step(x, 2) + mean_step(x, 1));
}

}  // namespace

std::vector<FunctionDef> picture_functions() {
  return {
      {.name = "gram",
       .doc = "F F^T / (channels height width) of each example's features F [channels, height * "
              "width]: [batch, channels, channels]",
       .parameters = {"x"},
       .build = build_gram},
      {.name = "total_variation",
       .doc = "mean |x[.., j + 1] - x[.., j]| + mean |x[.., i + 1, ..] - x[.., i, ..]| over "
              "neighbouring pixels",
       .parameters = {"x"},
       .build = build_total_variation},
  };
}

}  // namespace agon
