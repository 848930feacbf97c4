#pragma once
#include <cstdint>

#include "graphs/experiment/experiment.h"

namespace agon {

/// "step mod n = 0" or the last; `every` of 0 means the last alone.
bool is_due(std::int64_t step, std::int64_t every, std::int64_t last);

/// How often losses are recorded where the file does not say: some 200 times in a run.
std::int64_t log_cadence(const Experiment& experiment);

/// How often a logged row also has the fingerprint of all variables: with every row, but some 200
/// times in a run at most, since it takes as long as reading them all.
std::int64_t fingerprint_cadence(const Experiment& experiment);

/// Checkpoints kept where the file does not say.
inline constexpr std::int64_t kCheckpointsKept = 3;
std::int64_t kept_checkpoints(const Experiment& experiment);

}  // namespace agon
