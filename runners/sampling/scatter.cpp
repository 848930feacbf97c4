#include "runners/sampling/scatter.h"

#include <algorithm>
#include <cmath>

namespace agon {

namespace {
constexpr Colour kAxis = {232, 232, 232};

/// Lays `colour` over a pixel; `cover` of 0 leaves it, of 1 hides it.
void blend(Picture& picture, std::int64_t row, std::int64_t column, const Colour& colour,
           double cover) {
  for (std::size_t c = 0; c < 3; ++c) {
    auto& byte = picture.bytes[static_cast<std::size_t>((row * picture.width + column) * 3) + c];
    byte = static_cast<std::uint8_t>(std::nearbyint(byte + (colour[c] - byte) * cover));
  }
}

void draw_dot(Picture& picture, double x, double y, const PointCloud& cloud) {
  const auto reach = static_cast<std::int64_t>(std::ceil(cloud.radius + 1));
  const auto centre_row = static_cast<std::int64_t>(std::floor(y));
  const auto centre_column = static_cast<std::int64_t>(std::floor(x));
  for (std::int64_t row = centre_row - reach; row <= centre_row + reach; ++row) {
    for (std::int64_t column = centre_column - reach; column <= centre_column + reach; ++column) {
      if (row < 0 || column < 0 || row >= picture.height || column >= picture.width) continue;
      const double dx = static_cast<double>(column) + 0.5 - x;
      const double dy = static_cast<double>(row) + 0.5 - y;
      const double cover = cloud.radius + 0.5 - std::sqrt(dx * dx + dy * dy);
      if (cover > 0) blend(picture, row, column, cloud.colour, 0.7 * std::min(cover, 1.0));
    }
  }
}
}  // namespace

Picture scatter_plot(std::span<const PointCloud> clouds, double reach) {
  Picture plot(kPlotSide, kPlotSide, 3);
  std::fill(plot.bytes.begin(), plot.bytes.end(), std::uint8_t{255});
  for (std::int64_t i = 0; i < kPlotSide; ++i) {
    blend(plot, kPlotSide / 2, i, kAxis, 1);
    blend(plot, i, kPlotSide / 2, kAxis, 1);
  }
  const double scale = static_cast<double>(kPlotSide) / (2 * reach);
  for (const PointCloud& cloud : clouds) {
    for (std::int64_t i = 0; i < cloud.count; ++i) {
      const double x = cloud.xy[2 * i], y = cloud.xy[2 * i + 1];
      if (!(std::abs(x) <= reach && std::abs(y) <= reach)) continue;
      draw_dot(plot, (x + reach) * scale, (reach - y) * scale, cloud);
    }
  }
  return plot;
}

}  // namespace agon
