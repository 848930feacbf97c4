#pragma once
#include "engine/runtime/kernel.h"

namespace agon {

/// A node `fused` of float32: its body as instructions over tiles that stay in the first cache,
/// tiles in pieces that go to the lanes. An element of an output is rounded once for each
/// instruction, so at most as often as by the ops one after another, but for divisions by what is
/// known before a piece begins, which are products with reciprocals (twice); sums add a piece's
/// elements in float32, at most 64 at each of the places of a tile, and the pieces in double
/// precision.
Candidate tile_fused(const Node& node);

}  // namespace agon
