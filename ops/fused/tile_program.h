#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ops/fused/body.h"
#include "ops/fused/geometry.h"
#include "ops/fused/tile_code.h"

namespace agon {

/// Where an operand or a result of a step lies while a tile is computed.
struct TileSlot {
  enum class Is {
    Input,   // memory of input `index`
    Output,  // memory of output `index`
    Whole,   // memory of the loop's size in the scratch, number `index`
    Number,  // constant `index`
    Single,  // a step's one number, number `index`
    Tile     // a tile of its own, number `index`
  };
  Is is = Is::Tile;
  int index = 0;
};

/// One instruction. Slots: the result, then up to four operands.
struct TileStep {
  TileCode code = nullptr;  // null: fold `fold` takes the tile of slot 1
  std::array<std::uint16_t, 5> slots{};
  bool single = false;  // one element stands for all
  int fold = -1;
};

/// How a fold goes over the tiles.
enum class FoldWay {
  InTile,      // every tile holds whole groups: results at once
  Rows,        // to one number for each of `outer`
  Columns,     // kept axes inside a unit: a tile of partial results for each piece
  RunColumns,  // kept axes are a run: a tile of partial results for each part of the run
  Apart        // anything else: the value is written to scratch and folded by the fold's own kernel
};

struct TileFold {
  FoldWay way = FoldWay::InTile;
  FoldForm form;
  int body_fold = 0;
  int slot = -1;          // Columns, RunColumns: of the partial results; Apart: of the value
  std::int64_t runs = 1;  // that go to one group of results
};

/// A body ready for one size of tile. An operand of each input that is not Whole is fetched before
/// the steps: in `setup` what stays while runs are walked, else for each tile.
struct TileProgram {
  TileLoop loop;
  std::vector<TileSlot> slots;  // those of the inputs come first
  std::vector<float> numbers;
  std::vector<TileStep> setup, steps;
  std::vector<TileFold> folds;
  int tiles = 0, singles = 0, wholes = 0;  // slots of these kinds
  bool setup_along_run = false;            // setup is to be repeated along a run
  /// [input][output]: the output is written no earlier than the input is read for the last time.
  std::vector<std::vector<bool>> may_overwrite;
};

/// Returns why there is no program, or "".
std::string assemble(const TileBody& body, std::int64_t tile, TileProgram& program);

}  // namespace agon
