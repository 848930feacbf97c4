#include "ops/conv/winograd/phases.h"

#include <algorithm>

#include "ops/conv/winograd/blocking.h"

namespace agon {

using winograd::divide_up;

PhaseConvolution::PhaseConvolution(const Shape& x_shape, const Shape& w_shape, const Shape& y_shape,
                                   const Conv2dAttrs& conv, int outputs_of_tile)
    : x(x_shape),
      w(w_shape),
      y(y_shape),
      attrs(conv),
      m(outputs_of_tile),
      r(static_cast<int>(divide_up(w_shape[1], conv.stride_h))) {}

std::int64_t PhaseConvolution::tap(std::int64_t phase, int i, int j) const {
  const std::int64_t kh = stride() * i + phase / stride(), kw = stride() * j + phase % stride();
  return kh < w[1] && kw < w[2] ? kh * w[2] + kw : -1;
}

TileGrid PhaseConvolution::output_grid() const {
  return {y[0], divide_up(y[1], m), divide_up(y[2], m)};
}

TilePixels PhaseConvolution::output_pixels() const {
  return {y[1], y[2], y[3], 0, 0, 1, m, m};
}

TilePixels PhaseConvolution::window_pixels(std::int64_t phase) const {
  return {x[1],
          x[2],
          x[3],
          phase / stride() - attrs.pad_top,
          phase % stride() - attrs.pad_left,
          stride(),
          stride() * m,
          n()};
}

std::int64_t PhaseConvolution::first_of_phase(std::int64_t phase, std::int64_t pad) const {
  return divide_up(std::max<std::int64_t>(pad - phase, 0), stride());
}

TileGrid PhaseConvolution::input_grad_grid() const {
  // the phase of pixel 0 has the most pixels
  return {x[0], divide_up(divide_up(x[1], stride()), m), divide_up(divide_up(x[2], stride()), m)};
}

TilePixels PhaseConvolution::input_grad_pixels(std::int64_t phase) const {
  const std::int64_t p = phase / stride(), q = phase % stride();
  return {x[1],
          x[2],
          x[3],
          stride() * first_of_phase(p, attrs.pad_top) + p - attrs.pad_top,
          stride() * first_of_phase(q, attrs.pad_left) + q - attrs.pad_left,
          stride(),
          stride() * m,
          m};
}

TilePixels PhaseConvolution::input_grad_window_pixels(std::int64_t phase) const {
  const std::int64_t p = phase / stride(), q = phase % stride();
  return {y[1],
          y[2],
          y[3],
          first_of_phase(p, attrs.pad_top) - (r - 1),
          first_of_phase(q, attrs.pad_left) - (r - 1),
          1,
          m,
          n()};
}

}  // namespace agon
