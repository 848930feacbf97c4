#include "ops/fused/pieces.h"

#include <algorithm>

namespace agon {

namespace {

constexpr std::int64_t kMostPieces = 128;  // about; each leaves partial results of folds

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

}  // namespace

Pieces pieces_of(const TileProgram& program) {
  const TileLoop& loop = program.loop;
  Pieces pieces;
  pieces.group = loop.runs;
  bool walks_runs = program.setup_along_run;
  for (const TileFold& fold : program.folds) {
    if (fold.way == FoldWay::InTile || fold.way == FoldWay::Apart) continue;
    pieces.group = std::min(pieces.group, fold.runs);
    walks_runs = walks_runs || fold.way == FoldWay::RunColumns;
  }
  const std::int64_t wanted = std::max(kPieceElements, loop.elements / kMostPieces);
  const std::int64_t tiles = ceil_div(wanted, loop.tile_elements());
  if (walks_runs) {
    pieces.runs = std::min(pieces.group, tiles);
    pieces.tiles = std::clamp<std::int64_t>(tiles / pieces.runs, 1, loop.tiles);
  } else {
    pieces.tiles = std::min(loop.tiles, tiles);
    pieces.runs = std::clamp<std::int64_t>(tiles / pieces.tiles, 1, pieces.group);
  }
  pieces.groups = loop.runs / pieces.group;
  pieces.blocks = ceil_div(pieces.group, pieces.runs);
  pieces.parts = ceil_div(loop.tiles, pieces.tiles);
  return pieces;
}

}  // namespace agon
