#include "ops/fused/tile_size.h"

#include <algorithm>

namespace agon {

namespace {

constexpr std::int64_t kPool = 4096;  // floats of all tiles: half of a small first cache
constexpr std::int64_t kLongestTile = 1024;
constexpr std::int64_t kShortestTile = 128;
constexpr std::int64_t kLongestPass = 4096;  // a tile where one instruction is all

/// One instruction and no tiles of its own: nothing has to stay in the first cache.
bool is_one_pass(const TileProgram& program) {
  return program.tiles == 0 && program.steps.size() == 1 && program.folds.empty();
}

}  // namespace

std::string assemble_fitting(const TileBody& body, TileProgram& program) {
  std::string wrong = assemble(body, kLongestPass, program);
  if (!wrong.empty() || is_one_pass(program)) return wrong;
  for (std::int64_t tile = kLongestTile;;) {
    wrong = assemble(body, tile, program);
    const std::int64_t fits = kPool / std::max(1, program.tiles) / 64 * 64;
    if (!wrong.empty() || tile <= std::max(fits, kShortestTile)) return wrong;
    tile = std::max(kShortestTile, std::min(fits, tile / 2));
  }
}

}  // namespace agon
