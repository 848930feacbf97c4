#pragma once
#include <optional>
#include <string>
#include <vector>

#include "graphs/experiment/experiment.h"
#include "runners/sweep/store.h"
#include "runners/sweep/sweep_file.h"

namespace agon {

/// Makes the trials of a sweep's settings.
class TrialMaker {
 public:
  /// `jobs`: trials at once, which share the processors where neither file says how many lanes.
  /// `sweep` must outlive it.
  TrialMaker(const SweepFile& sweep, const std::string& runs, std::int64_t jobs);

  /// What --set makes of the experiment file for a point: the sweep's settings, the point's, lanes,
  /// and the seed, which counts from the sweep's.
  std::vector<std::string> settings(const Point& point, std::int64_t repeat) const;
  /// The experiment of those. Throws ConfigError, InputError.
  Experiment experiment(const Point& point, std::int64_t repeat) const;
  /// The trials of setting `number`, waiting.
  std::vector<Trial> trials(std::int64_t number, const Point& point) const;

 private:
  const SweepFile& sweep_;
  std::string runs_;
  std::optional<std::int64_t> lanes_;  // nothing where a file says how many
};

/// Finds what is wrong with a sweep before its first trial: paths and values that the experiment
/// does not take, objectives and watched measures that it does not have, more memory than there is
/// for so many trials at once. Throws ConfigError, Error(Config).
void check_sweep(const SweepFile& sweep, const TrialMaker& maker, std::int64_t jobs);

}  // namespace agon
