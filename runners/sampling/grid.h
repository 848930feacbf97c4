#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "runners/data/picture.h"

namespace agon {

/// Pictures of a batch, float32 [batch, height, width, channels]; channels is 1 or 3.
struct PictureBatch {
  const float* values = nullptr;
  std::int64_t batch = 0, height = 0, width = 0, channels = 0;
};

/// Pixels between neighbouring pictures, and their grey.
inline constexpr std::int64_t kGridGap = 2;
inline constexpr std::uint8_t kGridGrey = 255;

/// low..high to 0..255: clamped, rounded half to even; NaN is 0.
std::uint8_t to_byte(float value, double low, double high);

/// One example of a batch as bytes.
Picture picture_of(const PictureBatch& batch, std::int64_t example, double low, double high);

/// The pictures of example 0 side by side, then those of example 1, ...: filling rows of `columns`
/// pictures. Smaller pictures stand in the middle of their place; grey becomes RGB where RGB
/// occurs. Every batch has the same number of examples.
Picture arranged(std::span<const PictureBatch> pictures, std::int64_t columns, double low,
                 double high);

/// The same for pictures that are bytes already.
Picture arranged(std::span<const Picture> pictures, std::int64_t columns);

}  // namespace agon
