#pragma once
#include <array>
#include <cstdint>

namespace agon {

/// The `rings` set: points of eight equal Gaussians on a circle, the usual test of mode coverage
/// (Metz, Poole, Pfau, Sohl-Dickstein: "Unrolled generative adversarial networks", ICLR 2017:
/// radius 2, standard deviation 0.02). Mode k has label k.
inline constexpr std::int64_t kRingModes = 8;
inline constexpr double kRingRadius = 2;
inline constexpr double kRingDeviation = 0.02;

/// Centre (x, y) of a mode: angle 2 pi mode / 8.
std::array<double, 2> ring_centre(std::int64_t mode);

}  // namespace agon
