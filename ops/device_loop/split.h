#pragma once
#include <cstdint>

#include "ops/fused/geometry.h"

namespace agon {

/// How a loop over [outer, reduced, inner] elements, with a result for each [outer, inner], is
/// given to threads. A thread goes along the reduced axis, one unit (a number, or four neighbours)
/// in a step; `lanes` threads of a block share the units of a result, `across` results or groups of
/// four of them stand side by side. By sizes alone.
struct LoopSplit {
  FoldForm form;
  bool rows = false;      // the reduced axis is the last: units lie along it, else across
  std::int64_t unit = 1;  // 1 or 4 elements
  std::int64_t lanes = 1, across = 256;
  std::int64_t steps = 1;   // of a thread, at most; 0 where nothing is reduced to something
  std::int64_t chunks = 1;  // of the reduced axis, each with results of its own that must be joined
  std::int64_t tiles = 1;   // blocks side by side

  std::int64_t threads() const { return lanes * across; }
  std::int64_t blocks() const { return tiles * chunks; }
  /// Results, or groups of four.
  std::int64_t places() const { return form.outer * form.inner / (rows ? 1 : unit); }
  /// Of the reduced axis.
  std::int64_t units() const { return form.reduced / (rows ? unit : 1); }
  std::int64_t chunk_units() const { return steps * lanes; }
};

/// Most elements that a thread adds up in float32.
inline constexpr std::int64_t kMostSteps = 64;

/// `units_of_four`: whether elements may go together at all. `may_chunk`: whether results may be
/// left to a function that joins them; then no thread makes more than kMostSteps steps.
LoopSplit split_of(const FoldForm& form, bool folds, bool units_of_four, bool may_chunk);

}  // namespace agon
