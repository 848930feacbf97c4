#include "graphs/terms/tensor.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"

namespace agon {

namespace {

Tensor plain(Value value) {
  Tensor t;
  t.value = value;
  return t;
}

/// Reordering the axes of a picture moves nothing where it has one channel or one pixel.
Value reordered(Value x, const std::vector<std::int64_t>& axes) {
  const Shape& s = x.shape();
  std::vector<std::int64_t> sizes;
  sizes.reserve(axes.size());
  for (const std::int64_t axis : axes) sizes.push_back(s[static_cast<int>(axis)]);
  const bool from_last = axes[1] == 3;
  const std::int64_t channels = s[from_last ? 3 : 1];
  const std::int64_t pixels = s[from_last ? 1 : 2] * s[from_last ? 2 : 3];
  if (channels == 1 || pixels == 1) return reshape(x, Shape(sizes));
  return transpose(x, axes);
}

Tensor in_dtype(const Tensor& t, DType dtype) {
  return t.dtype() == dtype ? t : like(t, convert(t.value, dtype));
}

}  // namespace

Shape Tensor::shape() const {
  const Shape& s = value.shape();
  return channels_last ? Shape{s[0], s[3], s[1], s[2]} : s;
}

int Tensor::engine_axis(int axis) const {
  if (!channels_last || axis == 0) return axis;
  return axis == 1 ? 3 : axis - 1;
}

Shape engine_shape(const Shape& s) {
  return s.rank() == 4 ? Shape{s[0], s[2], s[3], s[1]} : s;
}

Tensor picture_or_plain(Value value) {
  Tensor t = plain(value);
  t.channels_last = value.rank() == 4;
  return t;
}

Tensor as_plain(const Tensor& t) {
  if (!t.channels_last) return t;
  Tensor result = t;
  result.value = reordered(t.value, {0, 3, 1, 2});
  result.channels_last = false;
  return result;
}

Tensor as_channels_last(const Tensor& t) {
  if (t.channels_last || t.rank() != 4) return t;
  Tensor result = t;
  result.value = reordered(t.value, {0, 2, 3, 1});
  result.channels_last = true;
  return result;
}

std::string kind_text(const Tensor& t) {
  return fmt::format("{} {}", t.dtype() == DType::I32 ? "labels" : "real values",
                     to_text(t.shape()));
}

std::pair<Tensor, Tensor> aligned(const Tensor& a, const Tensor& b) {
  if (a.rank() != b.rank() && a.rank() != 0 && b.rank() != 0) {
    throw GraphError(
        fmt::format("expects equal ranks (a plain number fits everything), got {} and "
                    "{}",
                    to_text(a.shape()), to_text(b.shape())));
  }
  if (is_floating(a.dtype()) != is_floating(b.dtype())) {
    throw GraphError(
        fmt::format("expects both real or both labels, got {} and {}; real(x) makes "
                    "labels real",
                    kind_text(a), kind_text(b)));
  }
  // the steering scalars are f64; beside anything of f32 they are rounded once
  const bool narrow = a.dtype() == DType::F32 || b.dtype() == DType::F32;
  const DType dtype = narrow ? DType::F32 : a.dtype();
  std::pair<Tensor, Tensor> both{in_dtype(a, dtype), in_dtype(b, dtype)};
  if (a.channels_last || b.channels_last)
    both = {as_channels_last(both.first), as_channels_last(both.second)};
  return both;
}

std::pair<Tensor, Tensor> stretchable(const Tensor& a, const Tensor& b) {
  auto both = aligned(a, b);
  const Shape s = a.shape();
  const Shape t = b.shape();
  if (s.rank() == 0 || t.rank() == 0) return both;
  for (int axis = 0; axis < s.rank(); ++axis) {
    if (s[axis] == t[axis] || s[axis] == 1 || t[axis] == 1) continue;
    throw GraphError(fmt::format("expects equal shapes or axes of size 1, got {} and {}",
                                 to_text(s), to_text(t)));
  }
  return both;
}

Tensor like(const Tensor& t, Value value) {
  Tensor result = plain(value);
  result.channels_last = t.channels_last;
  return result;
}

}  // namespace agon
