#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/ir/graph.h"
#include "ops/conv/conv2d.h"

namespace agon {

/// A tile of an image in the grid of tiles that covers a batch.
struct TileAt {
  std::int64_t image, row, column;
};

struct TileGrid {
  std::int64_t images = 0, rows = 0, columns = 0;

  std::int64_t tiles() const { return images * rows * columns; }
  TileAt at(std::int64_t tile) const {
    return {tile / (rows * columns), tile / columns % rows, tile % columns};
  }
};

/// Which pixels of a picture [n, h, w, c] a tile is: `size` x `size` of them, `spacing` apart,
/// tiles `pitch` apart; tile (0, 0) begins at (row, column), which may lie outside.
struct TilePixels {
  std::int64_t height, width, channels;
  std::int64_t row, column;
  std::int64_t spacing, pitch;
  int size;

  /// Writes the address of channel 0 of each pixel; `outside` for those beyond the picture.
  template <class Float>
  void addresses(Float* picture, const TileAt& tile, Float* outside, Float** to) const {
    Float* const image = picture + tile.image * height * width * channels;
    const std::int64_t top = row + tile.row * pitch, left = column + tile.column * pitch;
    for (int i = 0; i < size; ++i) {
      const std::int64_t y = top + i * spacing;
      for (int j = 0; j < size; ++j) {
        const std::int64_t x = left + j * spacing;
        const bool inside = y >= 0 && y < height && x >= 0 && x < width;
        *to++ = inside ? image + (y * width + x) * channels : outside;
      }
    }
  }
};

/// A convolution of stride s as s x s convolutions of stride 1, one for each phase (p, q) of the
/// pixels of x: y[i] = sum over p, k of x_p[i + k] w_p[k] with x_p[i] = x[s i + p - pad] and
/// w_p[k] = w[s k + p]. All are taken to have r taps, those beyond the kernel 0.
struct PhaseConvolution {
  Shape x, w, y;
  Conv2dAttrs attrs;
  int m, r;

  PhaseConvolution(const Shape& x_shape, const Shape& w_shape, const Shape& y_shape,
                   const Conv2dAttrs& conv, int outputs_of_tile);

  int n() const { return m + r - 1; }
  std::int64_t stride() const { return attrs.stride_h; }
  std::int64_t phases() const { return stride() * stride(); }
  /// Tap (i, j) of phase p as an index into kh x kw; -1 beyond the kernel.
  std::int64_t tap(std::int64_t phase, int i, int j) const;

  /// The tiles of y, and what of x each needs.
  TileGrid output_grid() const;
  TilePixels output_pixels() const;
  TilePixels window_pixels(std::int64_t phase) const;

  /// The same for the gradient: each phase of dx is a convolution of dy with its taps mirrored,
  /// dx_p[u] = sum over k of dy[u - k] w_p[k].
  TileGrid input_grad_grid() const;
  TilePixels input_grad_pixels(std::int64_t phase) const;
  TilePixels input_grad_window_pixels(std::int64_t phase) const;

 private:
  std::int64_t first_of_phase(std::int64_t phase, std::int64_t pad) const;
};

}  // namespace agon
