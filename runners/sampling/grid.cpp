#include "runners/sampling/grid.h"

#include <algorithm>
#include <cmath>

#include "engine/base/error.h"

namespace agon {

std::uint8_t to_byte(float value, double low, double high) {
  const double scaled = (static_cast<double>(value) - low) / (high - low) * 255.0;
  if (!(scaled > 0)) return 0;
  return static_cast<std::uint8_t>(std::nearbyint(std::min(scaled, 255.0)));
}

Picture picture_of(const PictureBatch& batch, std::int64_t example, double low, double high) {
  Picture picture(batch.height, batch.width, batch.channels);
  const float* from = batch.values + example * static_cast<std::int64_t>(picture.bytes.size());
  std::transform(from, from + picture.bytes.size(), picture.bytes.begin(),
                 [&](float value) { return to_byte(value, low, high); });
  return picture;
}

namespace {
void paste(const Picture& picture, Picture& onto, std::int64_t top, std::int64_t left) {
  const auto row_bytes = picture.width * picture.channels;
  for (std::int64_t row = 0; row < picture.height; ++row) {
    const auto from = picture.bytes.begin() + row * row_bytes;
    std::copy(from, from + row_bytes,
              onto.bytes.begin() + ((top + row) * onto.width + left) * onto.channels);
  }
}
}  // namespace

Picture arranged(std::span<const Picture> pictures, std::int64_t columns) {
  std::int64_t height = 0, width = 0, channels = 1;
  for (const Picture& picture : pictures) {
    height = std::max(height, picture.height);
    width = std::max(width, picture.width);
    channels = std::max(channels, picture.channels);
  }
  const auto count = static_cast<std::int64_t>(pictures.size());
  const std::int64_t across = std::max<std::int64_t>(1, std::min(columns, count));
  const std::int64_t down = (count + across - 1) / across;
  Picture grid(down * (height + kGridGap) + kGridGap, across * (width + kGridGap) + kGridGap,
               channels);
  std::fill(grid.bytes.begin(), grid.bytes.end(), kGridGrey);
  for (std::int64_t i = 0; i < count; ++i) {
    const Picture& picture = pictures[static_cast<std::size_t>(i)];
    const std::int64_t top = i / across * (height + kGridGap) + kGridGap;
    const std::int64_t left = i % across * (width + kGridGap) + kGridGap;
    paste(with_channels(picture, channels), grid, top + (height - picture.height) / 2,
          left + (width - picture.width) / 2);
  }
  return grid;
}

Picture arranged(std::span<const PictureBatch> batches, std::int64_t columns, double low,
                 double high) {
  std::vector<Picture> pictures;
  const std::int64_t examples = batches.empty() ? 0 : batches.front().batch;
  for (std::int64_t example = 0; example < examples; ++example) {
    for (const PictureBatch& batch : batches) {
      if (batch.channels != 1 && batch.channels != 3)
        throw InternalError("a picture has neither 1 nor 3 channels");
      pictures.push_back(picture_of(batch, example, low, high));
    }
  }
  return arranged(pictures, columns);
}

}  // namespace agon
