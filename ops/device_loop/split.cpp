#include "ops/device_loop/split.h"

#include <algorithm>
#include <bit>

namespace agon {

namespace {

constexpr std::int64_t kThreads = 256;
constexpr std::int64_t kWarp = 32;
constexpr std::int64_t kShort = 16;  // steps that one thread makes rather than sharing them
constexpr std::int64_t kManyBlocks = 256, kMostBlocks = 1024;  // of threads that fill a device
constexpr std::int64_t kFewSteps = 4;  // so that a block is worth its beginning

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

std::int64_t power_above(std::int64_t n) {
  return static_cast<std::int64_t>(
      std::bit_ceil(static_cast<std::uint64_t>(std::max<std::int64_t>(1, n))));
}

/// Threads of a result share its row, several short rows a block.
void share_rows(LoopSplit& s) {
  s.lanes = std::min(kThreads, power_above(ceil_div(s.units(), kFewSteps)));
  s.across = std::clamp<std::int64_t>(s.form.outer, 1, kThreads / s.lanes);
}

/// Neighbouring threads have neighbouring columns.
void share_columns(LoopSplit& s) {
  const bool fills = s.places() >= kManyBlocks * kThreads;
  if (s.units() <= kShort || (fills && s.units() <= kMostSteps)) {
    s.across = std::clamp(ceil_div(s.places(), kWarp) * kWarp, kWarp, kThreads);
    return;
  }
  s.across = std::clamp<std::int64_t>(s.form.inner / s.unit, 1, kWarp);
  s.lanes = std::clamp<std::int64_t>(s.units() / kFewSteps, 1, kThreads / s.across);
}

}  // namespace

LoopSplit split_of(const FoldForm& form, bool folds, bool units_of_four, bool may_chunk) {
  LoopSplit s;
  s.form = form;
  s.rows = folds && form.inner == 1 && form.reduced > 1;
  if (units_of_four && (s.rows ? form.reduced : form.inner) % 4 == 0) s.unit = 4;
  if (s.rows) {
    share_rows(s);
  } else {
    share_columns(s);
  }
  s.tiles = std::max<std::int64_t>(1, ceil_div(s.places(), s.across));
  s.steps = ceil_div(s.units(), s.lanes);
  const std::int64_t enough = s.tiles >= kManyBlocks ? kMostSteps : kShort;
  if (!may_chunk || s.steps <= enough) return s;
  const std::int64_t all = s.steps * s.tiles;
  const std::int64_t steps = std::clamp(ceil_div(all, kMostBlocks), kFewSteps, kMostSteps);
  s.chunks = ceil_div(s.steps, steps);
  s.steps = steps;
  return s;
}

}  // namespace agon
