#include "graphs/words/pictures.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "graphs/words/function_tables.h"
#include "ops/pool/pool.h"
#include "ops/resample/resample.h"
#include "ops/shape/shape.h"

namespace agon {

std::int64_t checked_extent(std::int64_t n) {
  if (n <= kLargestExtent) return n;
  throw GraphError(fmt::format("expects at most {}, got {}", kLargestExtent, n));
}

void expect_sides(const Tensor& x) {
  if (std::max(x.size(2), x.size(3)) <= kLongestSide) return;
  throw GraphError(fmt::format("expects pictures of at most {} pixels along a side, got {}",
                               kLongestSide, to_text(x.shape())));
}

Tensor with_picture(LayerCall& call, const std::string& word,
                    const std::function<Tensor(const PictureTensor& picture)>& work) {
  const PictureTensor picture{picture_of(call, word), current_text(call)};
  try {
    return work(picture);
  } catch (const GraphError& error) {
    throw GraphError(fmt::format("{} {}", word, error.what()));
  }
}

PictureTensor picture_argument(const FunctionCall& call) {
  const Tensor& x = call.tensor(0);
  expect_real(x);
  if (x.rank() != 4) {
    throw GraphError(
        fmt::format("expects [batch, channels, height, width], got {}", to_text(x.shape())));
  }
  expect_sides(x);
  return {as_channels_last(x), to_text(x.shape())};
}

const std::vector<std::string>& resize_rules() {
  static const std::vector<std::string> rules = {"nearest", "bilinear", "bicubic", "area"};
  return rules;
}

namespace {

/// How many pixels become one where areas of whole pixels do; nothing otherwise.
std::optional<PoolAttrs> whole_areas(const Shape& x, const Extents& size) {
  if (x[2] % size.height != 0 || x[3] % size.width != 0) return std::nullopt;
  const std::int64_t rows = x[2] / size.height;
  const std::int64_t columns = x[3] / size.width;
  return PoolAttrs{.kernel_h = rows, .kernel_w = columns, .stride_h = rows, .stride_w = columns};
}

/// By how much pixels are repeated where both axes repeat each as often; 0 otherwise.
std::int64_t repeats(const Shape& x, const Extents& size) {
  const std::int64_t factor = size.height / x[2];
  return x[2] * factor == size.height && x[3] * factor == size.width ? factor : 0;
}

Value resampled(Value x, const Extents& size, const std::string& rule, const Extents& before) {
  if (const std::int64_t side = std::max(size.height, size.width); side > kLongestSide) {
    throw GraphError(
        fmt::format("makes a side of {} pixels, expects at most {}", side, kLongestSide));
  }
  const auto along = [&](Value v, std::int64_t axis) {
    const std::int64_t n = axis == 1 ? size.height : size.width;
    const std::int64_t first = axis == 1 ? before.height : before.width;
    if (v.shape()[static_cast<int>(axis)] == n && rule != "binomial") return v;
    return resample(v, {.axis = axis, .size = n, .rule = rule, .before = first});
  };
  // what shrinks the picture comes first
  if (size.height > x.shape()[1]) return along(along(x, 2), 1);
  return along(along(x, 1), 2);
}

void expect_divided(const PictureTensor& picture, const std::string& what, std::int64_t divisor,
                    bool divides) {
  if (!divides)
    throw GraphError(
        fmt::format("expects {} that {} divides, got {}", what, divisor, picture.text));
}

}  // namespace

Tensor resized(const PictureTensor& picture, const Extents& size, const std::string& by) {
  const Tensor& x = picture.x;
  const Shape s = x.shape();
  if (s[2] == size.height && s[3] == size.width) return x;
  const auto areas = by == "area" ? whole_areas(s, size) : std::nullopt;
  const std::int64_t factor = by == "nearest" ? repeats(s, size) : 0;
  Value y;
  if (areas) {
    y = average_pool(x.value, *areas);
  } else if (factor > 0) {
    y = upsample(x.value, factor);
  } else {
    y = resampled(x.value, size, by, {});
  }
  Tensor result = like(x, y);
  if (by != "bicubic") result.bounds = x.bounds;  // the others weigh by shares of 1
  return result;
}

Tensor upsampled(const PictureTensor& picture, std::int64_t factor, const std::string& by) {
  const Shape s = picture.x.shape();
  checked_extent(factor);
  return resized(picture, {s[2] * factor, s[3] * factor}, by);
}

Tensor blurred(const PictureTensor& picture, std::int64_t kernel) {
  if (kernel % 2 == 0)
    throw GraphError(fmt::format("expects an odd number of pixels, got {}", kernel));
  const Tensor& x = picture.x;
  const Shape s = x.shape();
  if (kernel == 1) return x;
  const std::int64_t radius = kernel / 2;
  return like(x, resampled(x.value, {s[2], s[3]}, "binomial", {radius, radius}));
}

Tensor padded(const PictureTensor& picture, const std::vector<std::int64_t>& sizes,
              const std::string& mode) {
  std::vector<std::int64_t> n = sizes;
  if (n.size() == 1) n = {n[0], n[0], n[0], n[0]};
  if (n.size() == 2) n = {n[0], n[0], n[1], n[1]};
  if (n.size() != 4)
    throw GraphError(fmt::format("expects 1, 2 or 4 numbers, got {}", sizes.size()));
  std::ranges::for_each(n, checked_extent);
  const Tensor& x = picture.x;
  if (mode == "zeros") return like(x, pad(x.value, {0, n[0], n[2], 0}, {0, n[1], n[3], 0}));
  const Shape s = x.shape();
  const std::int64_t left = std::min(s[2] - std::max(n[0], n[1]), s[3] - std::max(n[2], n[3]));
  if (mode == "reflect" && left < 1)
    throw GraphError("expects padding below height and width, got " + picture.text);
  Tensor y =
      like(x, resampled(x.value, {s[2] + n[0] + n[1], s[3] + n[2] + n[3]}, mode, {n[0], n[2]}));
  y.bounds = x.bounds;
  return y;
}

Tensor depth_to_space(const PictureTensor& picture, std::int64_t r) {
  const Tensor& x = picture.x;
  const Shape s = x.shape();
  checked_extent(r);
  expect_divided(picture, "channels", r * r, s[1] % (r * r) == 0);
  const std::int64_t channels = s[1] / (r * r);
  const Value blocks = reshape(x.value, {s[0], s[2], s[3], channels, r, r});
  Tensor y =
      like(x, reshape(transpose(blocks, {0, 1, 4, 2, 5, 3}), {s[0], s[2] * r, s[3] * r, channels}));
  y.bounds = x.bounds;
  return y;
}

Tensor space_to_depth(const PictureTensor& picture, std::int64_t r) {
  const Tensor& x = picture.x;
  const Shape s = x.shape();
  expect_divided(picture, "height and width", r, s[2] % r == 0 && s[3] % r == 0);
  const Value blocks = reshape(x.value, {s[0], s[2] / r, r, s[3] / r, r, s[1]});
  Tensor y = like(
      x, reshape(transpose(blocks, {0, 1, 3, 5, 2, 4}), {s[0], s[2] / r, s[3] / r, s[1] * r * r}));
  y.bounds = x.bounds;
  return y;
}

}  // namespace agon
