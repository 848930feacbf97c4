#include "runners/data/drawn/ink.h"

#include <algorithm>
#include <cmath>

namespace agon {

Ink::Ink(std::int64_t height, std::int64_t width)
    : height_(height), width_(width), coverage_(static_cast<std::size_t>(height * width)) {}

void Ink::stroke(std::span<const PenPoint> points, double softness) {
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    segment(points[i], points[i + 1], softness);
  }
}

void Ink::segment(const PenPoint& a, const PenPoint& b, double softness) {
  const double reach = std::max(a.radius, b.radius) + softness / 2;
  const auto first = [&](double low) {
    return std::max<std::int64_t>(0, static_cast<std::int64_t>(std::floor(low - reach)));
  };
  const auto last = [&](double high, std::int64_t size) {
    return std::min<std::int64_t>(size - 1, static_cast<std::int64_t>(std::ceil(high + reach)));
  };
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double inverse_length2 = 1 / std::max(dx * dx + dy * dy, 1e-12);
  const std::int64_t x_first = first(std::min(a.x, b.x));
  const std::int64_t x_last = last(std::max(a.x, b.x), width_);
  for (std::int64_t y = first(std::min(a.y, b.y)); y <= last(std::max(a.y, b.y), height_); ++y) {
    const double py = static_cast<double>(y) + 0.5 - a.y;
    float* row = coverage_.data() + y * width_;
    for (std::int64_t x = x_first; x <= x_last; ++x) {
      const double px = static_cast<double>(x) + 0.5 - a.x;
      const double t = std::clamp((px * dx + py * dy) * inverse_length2, 0.0, 1.0);
      const double ex = px - t * dx;
      const double ey = py - t * dy;
      const double distance2 = ex * ex + ey * ey;
      if (distance2 >= reach * reach) continue;
      const double radius = a.radius + t * (b.radius - a.radius);
      const double inside = (radius - std::sqrt(distance2)) / softness + 0.5;
      row[x] = std::max(row[x], static_cast<float>(std::clamp(inside, 0.0, 1.0)));
    }
  }
}

}  // namespace agon
