#pragma once
#include <string_view>
#include <vector>

#include "ops/fused/body.h"
#include "ops/fused/geometry.h"

namespace agon {

/// A value of a body, how often it has to be computed, and by which instruction.
struct TileValue : BodyValue {
  bool single = false;    // one number a tile
  bool setup = false;     // known before the runs are walked
  bool absorbed = false;  // the instruction that uses it computes it too

  bool is_step() const { return is == Is::Step; }
};

/// The values of a body in an order of computation.
struct TileValues {
  std::vector<TileValue> values;  // those of the body come first, with their numbers
  std::vector<int> order;         // every value after its operands

  TileValue& operator[](int v) { return values[static_cast<std::size_t>(v)]; }
  const TileValue& operator[](int v) const { return values[static_cast<std::size_t>(v)]; }
  /// Appends a value, in no order yet; returns its number.
  int add(TileValue value);
  /// Whether an instruction, in the setup or not, may compute the step `v`, of that op, itself.
  bool can_absorb(bool setup, int v, std::string_view op) const;
};

/// The body's steps as instructions that find_tile_code knows, joined where one does the work of
/// several: products with sums, comparisons with selections. A division by what is known before a
/// run becomes a product with its reciprocal.
TileValues combined(const TileBody& body, const TileLoop& loop);

}  // namespace agon
