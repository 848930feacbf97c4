#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/words/function_tables.h"
#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"

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

/// Whole numbers evenly drawn from [0, count): floor(count u). `u` is below 1 by a 2^24th at least,
/// so the product never rounds up to count.
Value whole_below(Value u, Value count) {
  return floor(u * count);
}

Term build_random_label(const FunctionCall& call) {
  const std::int64_t classes = call.whole(1, 1);
  const Tensor u = as_plain(call.draws().uniform("random_label", call.shape(0)));
  const Value count = call.graph.constant(static_cast<double>(classes), DType::F32);
  Tensor labels = like(u, convert(whole_below(u.value, count), DType::I32));
  labels.bounds = Tensor::Bounds{0, static_cast<double>(classes - 1)};
  labels.bounds_from = fmt::format("random_label of {} classes", classes);
  return labels;
}

/// 1 from `first` on for `length` positions of an axis of `size`, each [batch, 1].
Value inside(Value first, Value length, std::int64_t size) {
  const Value at = reshape(convert(iota(first.graph(), size), DType::F32), {1, size});
  return greater_equal(at, first) * less(at, first + length);
}

/// Where boxes lie along an axis, [batch, size] of 0 and 1: lengths from low to high, then any
/// place where they fit. `u` [batch, 2].
Value box_along(Value u, std::int64_t low, std::int64_t high, std::int64_t size) {
  Graph& g = u.graph();
  const auto constant = [&](std::int64_t n) {
    return g.constant(static_cast<double>(n), DType::F32);
  };
  const Value length = whole_below(slice(u, 1, 0, 1), constant(high - low + 1)) + constant(low);
  const Value first = whole_below(slice(u, 1, 1, 2), constant(size + 1) - length);
  return inside(first, length, size);
}

Term build_random_box(const FunctionCall& call) {
  const Shape shape = call.shape(0);
  if (shape.rank() != 4) {
    throw GraphError(
        fmt::format("expects a shape [batch, channels, height, width], got {}", to_text(shape)));
  }
  const std::int64_t most = std::min(shape[2], shape[3]);
  const double low = call.number_option("low", 1);
  const double high = call.number_option("high", static_cast<double>(most));
  if (std::floor(low) != low || std::floor(high) != high || low < 1 || low > high ||
      high > static_cast<double>(most)) {
    throw GraphError(
        fmt::format("expects whole numbers 1 <= low <= high <= {}, the shorter side, got {} and {}",
                    most, number_text(low), number_text(high)));
  }
  const auto from = static_cast<std::int64_t>(low);
  const auto to = static_cast<std::int64_t>(high);
  const Value u = call.draws().uniform("random_box", {shape[0], 4}).value;
  const Value rows = box_along(slice(u, 1, 0, 2), from, to, shape[2]);
  const Value columns = box_along(slice(u, 1, 2, 4), from, to, shape[3]);
  const Value box =
      reshape(rows, {shape[0], shape[2], 1, 1}) * reshape(columns, {shape[0], 1, shape[3], 1});
  Tensor result = picture_or_plain(shape[1] == 1 ? box : broadcast(box, engine_shape(shape)));
  result.bounds = Tensor::Bounds{0, 1};
  return result;
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
      {.name = "random_label",
       .doc = "labels of a shape, each class as likely as another",
       .parameters = {"shape", "classes"},
       .build = build_random_label,
       .is_draw = true},
      {.name = "random_box",
       .doc = "1 inside a box of each example, else 0; its height and width are whole numbers "
              "from low to high, it lies anywhere inside the picture; shape [batch, channels, "
              "height, width]",
       .parameters = {"shape"},
       .options = {{"low", {}, "1 where not given"},
                   {"high", {}, "the shorter side of the picture where not given"}},
       .build = build_random_box,
       .is_draw = true},
  };
}

}  // namespace agon
