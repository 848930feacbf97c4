#include "runners/data/picture.h"

#include <algorithm>
#include <cmath>

namespace agon {
namespace {

/// Which pixels of a row (or column) a new pixel averages, and how much of each.
struct Window {
  std::int64_t first = 0;
  std::vector<double> weights;  // sum to 1
};

std::vector<Window> windows(std::int64_t from, std::int64_t to, double scale) {
  std::vector<Window> all(static_cast<std::size_t>(to));
  const double start = (static_cast<double>(from) - static_cast<double>(to) * scale) / 2;
  for (std::int64_t i = 0; i < to; ++i) {
    Window& window = all[static_cast<std::size_t>(i)];
    const double low = std::max(0.0, start + static_cast<double>(i) * scale);
    const double high =
        std::min(static_cast<double>(from), start + static_cast<double>(i + 1) * scale);
    window.first = std::min(from - 1, static_cast<std::int64_t>(std::floor(low)));
    double sum = 0;
    for (std::int64_t x = window.first; x == window.first || static_cast<double>(x) < high; ++x) {
      const double covered =
          std::min(high, static_cast<double>(x + 1)) - std::max(low, static_cast<double>(x));
      if (x >= from || (covered <= 0 && x > window.first)) break;
      window.weights.push_back(std::max(covered, 0.0));
      sum += window.weights.back();
    }
    for (double& weight : window.weights) weight /= sum;
  }
  return all;
}

}  // namespace

Picture with_channels(const Picture& picture, std::int64_t channels) {
  if (picture.channels == channels) return picture;
  Picture made(picture.height, picture.width, channels);
  const std::size_t pixels = static_cast<std::size_t>(picture.height * picture.width);
  const std::uint8_t* from = picture.bytes.data();
  std::uint8_t* to = made.bytes.data();
  for (std::size_t i = 0; i < pixels; ++i) {
    if (channels == 3) {
      to[3 * i] = to[3 * i + 1] = to[3 * i + 2] = from[i];
    } else {
      to[i] = static_cast<std::uint8_t>((kLumaRed * from[3 * i] + kLumaGreen * from[3 * i + 1] +
                                         kLumaBlue * from[3 * i + 2] + 32768) >>
                                        16);
    }
  }
  return made;
}

Picture fitted(const Picture& picture, std::int64_t height, std::int64_t width) {
  if (picture.height == height && picture.width == width) return picture;
  const double scale = std::min(static_cast<double>(picture.height) / static_cast<double>(height),
                                static_cast<double>(picture.width) / static_cast<double>(width));
  const std::vector<Window> rows = windows(picture.height, height, scale);
  const std::vector<Window> columns = windows(picture.width, width, scale);
  const auto channels = static_cast<std::size_t>(picture.channels);
  const std::size_t from_stride = static_cast<std::size_t>(picture.width) * channels;
  Picture made(height, width, picture.channels);
  std::vector<double> line(from_stride);
  std::uint8_t* to = made.bytes.data();
  for (const Window& row : rows) {
    std::ranges::fill(line, 0.0);
    for (std::size_t k = 0; k < row.weights.size(); ++k) {
      const std::uint8_t* from =
          picture.bytes.data() + (static_cast<std::size_t>(row.first) + k) * from_stride;
      for (std::size_t x = 0; x < from_stride; ++x) line[x] += row.weights[k] * from[x];
    }
    for (const Window& column : columns) {
      for (std::size_t c = 0; c < channels; ++c) {
        double value = 0;
        for (std::size_t k = 0; k < column.weights.size(); ++k) {
          value +=
              column.weights[k] * line[(static_cast<std::size_t>(column.first) + k) * channels + c];
        }
        *to++ = static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0));
      }
    }
  }
  return made;
}

}  // namespace agon
