#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/ir/type.h"
#include "ops/fused/tile_code.h"

namespace agon {

/// A fold as [outer, reduced, inner] -> [outer, inner].
struct FoldForm {
  std::int64_t outer = 1, reduced = 1, inner = 1;
};
/// Null where the axes form several groups with kept ones between them.
std::optional<FoldForm> fold_form(const Shape& shape, const std::vector<std::int64_t>& axes);

/// How a tile reads an operand.
enum class Reach {
  Whole,    // an element for each of the loop, in its order
  Single,   // one number for the whole loop
  PerTile,  // one number for the tile
  Direct,   // in order, from another place than the loop's
  Gathered  // put together in a tile of its own first
};

struct LoopOperand {
  Reach reach = Reach::Whole;
  bool fixed = false;      // does not change along a run's beginning
  bool along_run = false;  // changes within a run
  std::array<std::int64_t, Shape::kMaxRank> outer{}, inner{};  // steps along TileLoop's axes
  std::int64_t along = 0;                                      // step along the run
};

/// The elements of a shape as `runs` runs of `length` units of `unit` elements, consecutive in
/// memory. A tile is up to `tile_units` units of one run. The sizes are those of the axes that need
/// separate loops: neighbours along which every operand goes on where it ended, or stands still,
/// are merged; a unit is as many of the innermost as fit a tile.
struct TileLoop {
  std::int64_t elements = 1;
  std::vector<std::int64_t> outer, inner;  // axes of the runs and of a unit, outermost first
  std::int64_t runs = 1, length = 1, unit = 1;
  std::int64_t tile_units = 1, tiles = 1;  // of a run
  std::vector<LoopOperand> operands;

  std::int64_t run_elements() const { return length * unit; }
  std::int64_t tile_elements() const { return tile_units * unit; }
  /// Element of an operand at the beginning of a run.
  std::int64_t offset(const LoopOperand& operand, std::int64_t run) const;
};

/// `operands` stretch to `shape`; `folds` have its rank, with 1 where axes are reduced. No tile has
/// more than `tile` elements (a multiple of 64).
TileLoop tile_loop(const Shape& shape, std::span<const Shape> operands,
                   std::span<const Shape> folds, std::int64_t tile);

/// Units [begin, begin + count) of a run into consecutive memory; `from` is where the run begins,
/// `fill` the code of that name.
void gather_units(const TileLoop& loop, const LoopOperand& operand, const float* from,
                  std::int64_t begin, std::int64_t count, float* to, TileCode fill);

}  // namespace agon
