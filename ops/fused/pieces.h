#pragma once
#include <cstdint>

#include "ops/fused/tile_program.h"

namespace agon {

/// Elements of a piece of work at least, where there are as many; below, splitting costs.
inline constexpr std::int64_t kPieceElements = 16384;

/// What goes to the lanes: blocks of runs inside groups of runs (of which each has results of its
/// own), times parts of a run. Numbered in that order: the part changes fastest. By sizes alone.
struct Pieces {
  std::int64_t group = 1;            // runs
  std::int64_t runs = 1, tiles = 1;  // of a piece
  std::int64_t groups = 1, blocks = 1, parts = 1;
  std::int64_t count() const { return groups * blocks * parts; }
};

Pieces pieces_of(const TileProgram& program);

}  // namespace agon
