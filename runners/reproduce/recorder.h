#pragma once
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "runners/reproduce/recording.h"
#include "runners/training/course.h"

namespace agon {

/// What of a training is recorded.
struct RecordingPlan {
  std::int64_t last = 0;            // steps to do
  std::set<std::int64_t> measured;  // steps whose losses and whole fingerprint are kept
  std::set<std::int64_t> named;     // steps whose variables are kept one by one
  std::set<std::int64_t> observed;  // steps of which is kept what each instruction gave
  std::set<std::string> pictures;   // names of sample grids to draw
  bool evaluates = false;           // with the measures of evaluations that are due
  bool looks = false;               // with the numbers of health, where they are due
  bool spreads = false;             // with the spread of the first steps' losses
};

/// Losses of so many steps are held to a tolerance on another machine: later ones are chaos.
inline constexpr std::int64_t kSpreadSteps = 16;

/// After steps 1, 2, 4, ... and the last; losses of the first 16; the grids of step 0 and the last.
RecordingPlan usual_plan(const Experiment& experiment, std::int64_t steps);

/// Trains in memory, from `from` (null: first values), and records. `stop` ends it early, with an
/// Error(Stopped).
TrainingRecord record(const Experiment& experiment, const std::vector<Plan>& plans,
                      const Means& means, const RecordingPlan& plan, const Checkpoint* from,
                      const std::function<bool()>& stop);

}  // namespace agon
