#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "graphs/experiment/experiment.h"
#include "runners/runs/run_directory.h"

namespace agon {

/// Files with `agon:` below a folder, sorted; parts, sweeps and what lies in the folder `skip` of
/// it are passed over.
std::vector<std::string> zoo_configs(const std::string& folder, const std::string& skip);

/// A run that needs no further training.
struct FinishedRun {
  RunDirectory directory;
  std::int64_t step = 0;
  double minutes = 0;
  nlohmann::ordered_json measures;  // evaluate.* of the last evaluation, else the last losses
};

/// The newest run of an experiment, by its hash, that reached its last step or was stopped at a
/// limit of time (see mark_stopped_at_limit).
std::optional<FinishedRun> finished_run(const std::string& runs, const Experiment& experiment);

/// The newest run of an experiment that was stopped or killed before its last step and left a
/// checkpoint, with the minutes it has had.
struct UnfinishedRun {
  RunDirectory directory;
  double minutes = 0;
};
std::optional<UnfinishedRun> unfinished_run(const std::string& runs, const Experiment& experiment);

/// `agon WORDS...` in a process of its own, asked to save and stop after `minutes`. What it writes
/// to the terminal is dropped but for errors.
enum class Trained { Complete, StoppedAtLimit, Interrupted, Failed };
Trained train_in_process(const std::vector<std::string>& words, double minutes);

/// Notes in the experiment's newest run that its time was up, so that it counts as finished.
void mark_stopped_at_limit(const std::string& runs, const Experiment& experiment, double minutes);

}  // namespace agon
