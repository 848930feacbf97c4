#pragma once
#include <cstdint>
#include <vector>

#include "engine/base/philox.h"

namespace agon {

inline constexpr std::size_t kSobolCoordinates = 64;

/// Point `number` of Sobol's sequence in [0, 1), every coordinate xor-ed with a word of `shift`:
/// evenly distributed over all shifts, and as even as Sobol's own within one. At most
/// kSobolCoordinates of them.
std::vector<double> sobol_point(std::uint32_t number, std::size_t coordinates, RandomStream& shift);

}  // namespace agon
