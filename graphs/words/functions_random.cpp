#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/words/function_tables.h"
#include "ops/pointwise/pointwise.h"

namespace agon {

namespace {

const FunctionOption kLike{"like", {}, "a tensor whose shape is taken"};

Shape drawn_shape(const FunctionCall& call) {
  const Term* like = call.option("like");
  if ((like != nullptr) == (call.count() > 0))
    throw GraphError("expects either a shape like [batch, 10] or like=x");
  if (like == nullptr) return call.shape(0);
  if (const Tensor* t = like->as_tensor()) return t->shape();
  throw GraphError("expects a tensor as like=, got " + like->described());
}

/// scale * x + shift, leaving out what changes nothing.
Tensor scaled(const Tensor& x, double scale, double shift) {
  Value y = x.value;
  if (scale != 1) y = y * scale;
  if (shift != 0) y = y + shift;
  return like(x, y);
}

Term build_normal(const FunctionCall& call) {
  const double deviation = call.number_option("std", 1);
  if (deviation < 0)
    throw GraphError(fmt::format("expects std of at least 0, got {}", number_text(deviation)));
  return scaled(call.draws().normal("normal", drawn_shape(call)), deviation,
                call.number_option("mean", 0));
}

Term build_uniform(const FunctionCall& call) {
  const double low = call.number_option("low", 0);
  const double high = call.number_option("high", 1);
  if (!(low < high)) {
    throw GraphError(
        fmt::format("expects low below high, got {} and {}", number_text(low), number_text(high)));
  }
  Tensor x = scaled(call.draws().uniform("uniform", drawn_shape(call)), high - low, low);
  x.bounds = Tensor::Bounds{low, high};
  return x;
}

Term build_bernoulli(const FunctionCall& call) {
  const Term p = call.option("p") != nullptr ? *call.option("p") : Term(0.5);
  if (const double* number = p.number(); number != nullptr && (*number < 0 || *number > 1))
    throw GraphError(fmt::format("expects p in [0, 1], got {}", number_text(*number)));
  const Term y = pointwise("less", call.draws().uniform("bernoulli", drawn_shape(call)), p);
  Tensor drawn = *y.as_tensor();
  drawn.bounds = Tensor::Bounds{0, 1};
  return drawn;
}

}  // namespace

std::vector<FunctionDef> draw_functions() {
  return {
      {.name = "normal",
       .doc = "normally distributed numbers of a shape",
       .parameters = {"shape?"},
       .options = {kLike,
                   {"mean", {}, "0 where not given"},
                   {"std", {}, "standard deviation, 1 where not given"}},
       .build = build_normal,
       .is_draw = true},
      {.name = "uniform",
       .doc = "numbers evenly spread over [low, high)",
       .parameters = {"shape?"},
       .options = {kLike, {"low", {}, "0 where not given"}, {"high", {}, "1 where not given"}},
       .build = build_uniform,
       .is_draw = true},
      {.name = "bernoulli",
       .doc = "1 with probability p, else 0",
       .parameters = {"shape?"},
       .options = {kLike, {"p", {}, "0.5 where not given"}},
       .build = build_bernoulli,
       .is_draw = true},
  };
}

}  // namespace agon
