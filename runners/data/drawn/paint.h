#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace agon {

/// Red, green, blue in 0..1 as displayed (sRGB).
struct Color {
  float r = 0;
  float g = 0;
  float b = 0;
};

inline Color mix(const Color& a, const Color& b, float t) {
  return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}
inline Color shade(const Color& a, float light) {
  return {a.r * light, a.g * light, a.b * light};
}

/// A place on the picture: the shorter side reaches from -1 to 1, y down; or in a frame moved,
/// turned and scaled against it.
struct Spot {
  float x = 0;
  float y = 0;
};

/// Signed distances: below 0 inside. Exact or, for ellipses, right near the edge.
inline float ellipse_distance(Spot p, Spot centre, Spot radius) {
  const float x = (p.x - centre.x) / radius.x;
  const float y = (p.y - centre.y) / radius.y;
  const float k0 = std::sqrt(x * x + y * y);
  const float gx = x / radius.x;
  const float gy = y / radius.y;
  const float k1 = std::sqrt(gx * gx + gy * gy);
  return k1 > 1e-6f ? k0 * (k0 - 1) / k1 : -std::min(radius.x, radius.y);
}
inline float box_distance(Spot p, Spot centre, Spot half, float corner) {
  const float x = std::abs(p.x - centre.x) - half.x + corner;
  const float y = std::abs(p.y - centre.y) - half.y + corner;
  const float outside = std::hypot(std::max(x, 0.0f), std::max(y, 0.0f));
  return outside + std::min(std::max(x, y), 0.0f) - corner;
}
inline float line_distance(Spot p, Spot a, Spot b) {
  const float dx = b.x - a.x;
  const float dy = b.y - a.y;
  const float px = p.x - a.x;
  const float py = p.y - a.y;
  const float t = std::clamp((px * dx + py * dy) / (dx * dx + dy * dy + 1e-12f), 0.0f, 1.0f);
  return std::hypot(px - t * dx, py - t * dy);
}

/// Where a drawing's own coordinates lie on the picture.
struct Frame {
  Spot origin;
  float turn = 0;  // radians, clockwise
  float scale = 1;
};

/// A box in a frame's coordinates outside which a shape paints nothing.
struct Extent {
  Spot low;
  Spot high;
};

/// A picture under the brush: shapes given by signed distance, painted one over another with edges
/// one pixel soft, at any resolution.
class Painting {
 public:
  Painting(std::int64_t height, std::int64_t width)
      : height_(height),
        width_(width),
        unit_(static_cast<float>(std::min(height, width)) / 2),
        colors_(static_cast<std::size_t>(height * width)) {}

  void set_frame(const Frame& frame) {
    frame_ = frame;
    cosine_ = std::cos(frame.turn);
    sine_ = std::sin(frame.turn);
  }

  /// Paints `color(spot)` where `distance(spot)` < 0, fading over `soft` (in frame units, at least
  /// a pixel), `alpha` thick.
  template <typename Distance, typename Coloring>
  void fill(const Extent& extent, Distance distance, Coloring color, float alpha = 1,
            float soft = 0) {
    const float per_edge = 1 / std::max(soft, 1 / (unit_ * frame_.scale));
    const auto [x_first, x_last, y_first, y_last] = pixels_of(extent, soft);
    for (std::int64_t y = y_first; y <= y_last; ++y) {
      for (std::int64_t x = x_first; x <= x_last; ++x) {
        const Spot spot = spot_at(x, y);
        const float cover = std::clamp(0.5f - distance(spot) * per_edge, 0.0f, 1.0f) * alpha;
        if (cover <= 0) continue;
        Color& under = colors_[static_cast<std::size_t>(y * width_ + x)];
        under = mix(under, color(spot), cover);
      }
    }
  }
  template <typename Distance>
  void fill(const Extent& extent, Distance distance, const Color& color, float alpha = 1,
            float soft = 0) {
    fill(
        extent, distance, [&](Spot) { return color; }, alpha, soft);
  }

  /// Bytes [height, width, 3], rounded.
  void to_bytes(std::span<std::uint8_t> hwc) const {
    const auto byte = [](float value) {
      // NOLINTNEXTLINE(bugprone-incorrect-roundings): nothing negative is rounded
      return static_cast<std::uint8_t>(std::clamp(value, 0.0f, 1.0f) * 255 + 0.5f);
    };
    for (std::size_t i = 0; i < colors_.size(); ++i) {
      hwc[3 * i] = byte(colors_[i].r);
      hwc[3 * i + 1] = byte(colors_[i].g);
      hwc[3 * i + 2] = byte(colors_[i].b);
    }
  }

 private:
  Spot spot_at(std::int64_t x, std::int64_t y) const {
    const float u = (static_cast<float>(2 * x + 1 - width_) / 2) / unit_ - frame_.origin.x;
    const float v = (static_cast<float>(2 * y + 1 - height_) / 2) / unit_ - frame_.origin.y;
    return {(cosine_ * u + sine_ * v) / frame_.scale, (cosine_ * v - sine_ * u) / frame_.scale};
  }

  /// First and last column, first and last row.
  std::array<std::int64_t, 4> pixels_of(const Extent& extent, float soft) const {
    float x_low = 1e9f, x_high = -1e9f, y_low = 1e9f, y_high = -1e9f;
    for (const float px : {extent.low.x - soft, extent.high.x + soft}) {
      for (const float py : {extent.low.y - soft, extent.high.y + soft}) {
        const float u = (cosine_ * px - sine_ * py) * frame_.scale + frame_.origin.x;
        const float v = (cosine_ * py + sine_ * px) * frame_.scale + frame_.origin.y;
        x_low = std::min(x_low, u);
        x_high = std::max(x_high, u);
        y_low = std::min(y_low, v);
        y_high = std::max(y_high, v);
      }
    }
    const auto pixel = [this](float u, std::int64_t size, float margin) {
      const float at = u * unit_ + static_cast<float>(size) / 2 + margin;
      return static_cast<std::int64_t>(std::clamp(at, 0.0f, static_cast<float>(size - 1)));
    };
    return {pixel(x_low, width_, -1), pixel(x_high, width_, 1), pixel(y_low, height_, -1),
            pixel(y_high, height_, 1)};
  }

  std::int64_t height_;
  std::int64_t width_;
  float unit_;  // pixels to a unit of the picture
  Frame frame_;
  float cosine_ = 1;
  float sine_ = 0;
  std::vector<Color> colors_;
};

}  // namespace agon
