#include "runners/training/cadence.h"

#include <algorithm>

namespace agon {

bool is_due(std::int64_t step, std::int64_t every, std::int64_t last) {
  return step == last || (every > 0 && step % every == 0);
}

std::int64_t log_cadence(const Experiment& experiment) {
  return experiment.log_every > 0 ? experiment.log_every
                                  : std::max<std::int64_t>(1, experiment.steps / 200);
}

std::int64_t fingerprint_cadence(const Experiment& experiment) {
  const std::int64_t logged = log_cadence(experiment);
  const std::int64_t rows = experiment.steps / 200 / logged;
  return logged * std::max<std::int64_t>(1, rows);
}

std::int64_t kept_checkpoints(const Experiment& experiment) {
  return experiment.checkpoint_keep > 0 ? experiment.checkpoint_keep : kCheckpointsKept;
}

}  // namespace agon
