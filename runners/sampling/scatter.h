#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "runners/data/picture.h"

namespace agon {

using Colour = std::array<std::uint8_t, 3>;

inline constexpr Colour kRealPoints = {176, 176, 176};
/// Of the first, second, ... list of generated points; further ones begin again.
inline constexpr std::array<Colour, 3> kGeneratedPoints = {Colour{31, 90, 200}, Colour{214, 84, 20},
                                                           Colour{30, 140, 70}};

/// Points of one colour, float32 [count, 2].
struct PointCloud {
  const float* xy = nullptr;
  std::int64_t count = 0;
  Colour colour = kGeneratedPoints[0];
  double radius = 2.2;  // of a dot, in pixels
};

/// Real points are drawn larger, so that generated ones on top of them do not hide them.
inline constexpr double kRealRadius = 4;

/// Pixels of a side of a scatter plot.
inline constexpr std::int64_t kPlotSide = 512;

/// Dots on white, later clouds over earlier ones; x to the right and y upwards, both from -reach to
/// reach, with the axes through 0 in light grey. Points outside, and NaN, are left out.
Picture scatter_plot(std::span<const PointCloud> clouds, double reach);

}  // namespace agon
