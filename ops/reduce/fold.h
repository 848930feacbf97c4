#pragma once
#include <cstdint>
#include <memory>

#include "engine/runtime/kernel.h"

namespace agon {

enum class Fold { Sum, Max };

/// Vector code of a fold over float32. The order of additions depends on the sizes alone: 16 or 64
/// virtual lanes whatever the registers hold.
struct FoldFunctions {
  /// Of n >= 1 consecutive elements.
  float (*row)(const float* x, std::int64_t n);
  /// out[c] over `lines` >= 1 lines, which begin `stride` elements apart, line after line.
  void (*columns)(const float* x, std::int64_t stride, std::int64_t lines, std::int64_t columns,
                  float* out);
};

/// Null when this processor has no vectors that fit.
const FoldFunctions* find_fold(Fold fold);

/// sum and reduce_max of float32: axes that lie together are merged; a reduction over several
/// separate groups of axes is done one group after another from the innermost.
Candidate fold_candidate(const Node& node, Fold fold);

/// The same for every dtype: one element after another, in double precision.
Candidate plain_fold_candidate(const Node& node, Fold fold);

}  // namespace agon
