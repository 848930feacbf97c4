#pragma once
#include <string>

#include "ops/fused/tile_program.h"

namespace agon {

/// The program with the longest tiles of which all values stay in a first cache together. Returns
/// why there is none, or "".
std::string assemble_fitting(const TileBody& body, TileProgram& program);

}  // namespace agon
