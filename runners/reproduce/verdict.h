#pragma once
#include <optional>
#include <string>
#include <vector>

#include "runners/reproduce/recording.h"
#include "runners/runs/pinned.h"

namespace agon {

/// How a rerun compares with what was recorded.
struct Verdict {
  enum class Kind {
    Identical,        // every bit that was recorded
    WithinTolerance,  // on another kind of machine: losses of the first steps, within their spread
    Different,
  };
  Kind kind = Kind::Identical;
  std::string first;         // the first difference: "step 4: generator.dense1.weight"; or empty
  std::string where;         // the first instruction of step 1 that gave other bits; or empty
  std::size_t compared = 0;  // values: measures, fingerprints, pictures
  std::vector<PinnedDifference> pinned;  // that this machine or experiment has otherwise
};

/// Compares what both have. On another kind of machine (CPU model, instruction set, lanes,
/// libraries, versions of the rules) the losses alone count, as far as they have a spread: |a - b|
/// <= 16 spread + 2^-20 max(|a|, |b|), where 16 covers that three perturbed runs do not show the
/// worst one and the last term is for losses that no weight moves.
Verdict compare(const TrainingRecord& recorded, const TrainingRecord& rerun);

/// "identical", "within tolerance" or "different".
std::string to_text(Verdict::Kind kind);

}  // namespace agon
