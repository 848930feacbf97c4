#pragma once
#include <string>
#include <variant>

#include "ops/conv/winograd/phases.h"
#include "ops/conv/winograd/winograd.h"

namespace agon {

enum class ConvGradient { None, Input, Weight };

/// What tiles cost next to the plain sum of the same convolution (1: as much), from the counted
/// multiplications, padding of tiles and vectors included, and the measured cost of a transformed
/// number.
double cost_by_tiles(const PhaseConvolution& conv, ConvGradient gradient);

/// The tiles that cost least of those allowed, or why none costs less than `most`.
std::variant<PhaseConvolution, std::string> choose_tiles(const Node& node, ConvGradient gradient,
                                                         WinogradTiles tiles, double most);

}  // namespace agon
