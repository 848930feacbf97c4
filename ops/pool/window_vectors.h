#pragma once
#include <cstdint>

namespace agon {

/// The pixels of one window that lie in the picture: pixel (p, q) begins p row_stride +
/// q channels floats after the window's first.
struct PixelBlock {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t row_stride = 0;
  std::int64_t channels = 0;
};

/// What pooling does with one window, for all its channels; x, v and dx point to the window's first
/// pixel, y and dy to one pixel of the result. The first of equal maxima counts, a NaN stays.
struct WindowFunctions {
  void (*maximum)(const PixelBlock& block, const float* x, float* y);
  /// v where x has its maximum.
  void (*take)(const PixelBlock& block, const float* x, const float* v, float* y);
  /// Adds dy to dx where x has its maximum.
  void (*scatter)(const PixelBlock& block, const float* x, const float* dy, float* dx);
  /// scale times the sum.
  void (*average)(const PixelBlock& block, const float* x, float scale, float* y);
  /// Adds scale dy to every pixel of dx.
  void (*spread)(const PixelBlock& block, const float* dy, float scale, float* dx);
};

/// For this machine; null without AVX2.
const WindowFunctions* window_functions();

}  // namespace agon
