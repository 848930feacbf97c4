#pragma once
#include "graphs/data_spec.h"

namespace agon {

/// The `rings` set: eight equal Gaussians on a circle, the usual test of mode coverage (Metz,
/// Poole, Pfau, Sohl-Dickstein: "Unrolled generative adversarial networks", ICLR 2017: radius 2,
/// standard deviation 0.02). Mode k lies at angle 2 pi k / 8.
inline constexpr std::int64_t kRingModes = 8;
inline constexpr double kRingRadius = 2;
inline constexpr double kRingDeviation = 0.02;
PointModes ring_modes();

/// The `grid` set: 25 equal Gaussians at the corners of a grid (Lin, Khetan, Fanti, Oh: "PacGAN",
/// NeurIPS 2018: x and y of -4, -2, 0, 2, 4, standard deviation 0.05). Mode k lies in row k / 5
/// from below and column k % 5.
inline constexpr std::int64_t kGridSide = 5;
inline constexpr double kGridStep = 2;
inline constexpr double kGridDeviation = 0.05;
PointModes grid_modes();

/// Half the side of a plot of the points: half as far again as the furthest mode. 3 where there are
/// none.
double plot_reach(const PointModes& modes);

}  // namespace agon
