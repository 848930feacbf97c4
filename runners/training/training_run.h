#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "runners/bench/trace.h"
#include "runners/runs/run_directory.h"
#include "runners/runs/series.h"
#include "runners/terminal/console.h"
#include "runners/training/backend.h"
#include "runners/training/progress.h"
#include "runners/training/training_stage.h"

namespace agon {

/// "step mod n = 0" or the last; `every` of 0 means the last alone.
bool is_due(std::int64_t step, std::int64_t every, std::int64_t last);

/// How often losses are recorded where the file does not say: some 200 times in a run.
std::int64_t log_cadence(const Experiment& experiment);

/// The steps that a profile shows begin after so many, or after half of a shorter run.
inline constexpr std::int64_t kProfileWarmUp = 10;
inline constexpr std::int64_t kProfiledSteps = 5;

/// Checkpoints kept where the file does not say.
inline constexpr std::int64_t kCheckpointsKept = 3;

/// One training from compiled plans, one for each stage, to its last step, in a directory of its
/// own.
class TrainingRun {
 public:
  /// With `profile`, the times of some steps after the first ones go to the run's profile.json.
  /// Compiles, opens the data and makes the run's directory, in this order: what is wrong with the
  /// experiment or its data leaves no directory behind.
  TrainingRun(const Experiment& experiment, const std::vector<Plan>& plans, const std::string& runs,
              Console& console, bool profile = false);
  ~TrainingRun();

  /// Ok after the last step; Stopped, with the state saved, on SIGINT or SIGTERM. Throws
  /// Error(Data) when a loss is not finite.
  ExitCode run();

  const RunDirectory& directory() const { return directory_; }

 private:
  void begin_stage(std::size_t number);
  void write_lock();
  void write_specification();
  void introduce();
  void draw_samples(std::int64_t step, bool all);
  /// One step, timed if it is one of those that the profile shows.
  void train_step();
  void record(std::int64_t step, bool last);
  void save(std::int64_t step);
  void summarize(ExitCode code);

  const Experiment& experiment_;
  const std::vector<Plan>& plans_;  // by stage
  Console& console_;
  Backend backend_;
  std::vector<CompiledPlan> compiled_;             // by stage
  std::vector<std::unique_ptr<Sources>> sources_;  // by stage
  std::size_t number_ = 0;                         // of the present stage
  std::unique_ptr<TrainingStage> stage_;
  RunDirectory directory_;
  std::unique_ptr<RunLock> held_;
  std::unique_ptr<LineFile> metrics_;
  std::unique_ptr<LineFile> timing_;
  std::unique_ptr<Progress> progress_;
  std::unique_ptr<Trace> trace_;  // until it is written
  std::vector<DrawTimes> draw_times_;
  bool profiled_ = false;
  Measures last_evaluation_;
  std::vector<std::string> last_samples_;
  std::string last_checkpoint_;
};

}  // namespace agon
