#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "runners/bench/trace.h"
#include "runners/health/watch.h"
#include "runners/runs/run_directory.h"
#include "runners/runs/series.h"
#include "runners/terminal/console.h"
#include "runners/training/cadence.h"
#include "runners/training/course.h"
#include "runners/training/progress.h"
#include "runners/training/resumed_run.h"
#include "runners/training/stop_request.h"

namespace agon {

/// The steps that a profile shows begin after so many, or after half of a shorter run.
inline constexpr std::int64_t kProfileWarmUp = 10;
inline constexpr std::int64_t kProfiledSteps = 5;

/// A run goes back to an earlier state so often; then an alarm ends it.
inline constexpr int kMostRollbacks = 3;

/// Seconds of a save that are half of what schedulers leave between SIGTERM and SIGKILL.
inline constexpr double kSlowSave = 15;

/// What a new run may be begun with.
struct TrainingOptions {
  /// The times of some steps after the first ones go to the run's profile.json.
  bool profile = false;
  /// The run goes on from here instead of from first values: a checkpoint of another one, which
  /// must outlive it.
  const Checkpoint* from = nullptr;
  /// Where `from` is, for the lineage.
  std::string parent;
  /// The trial of a sweep that it is, for the lineage; null for none.
  nlohmann::ordered_json trial = nullptr;
  OpenAccelerator open = nullptr;
};

/// One training from compiled plans, one for each stage, to its last step, in a directory of its
/// own.
class TrainingRun {
 public:
  /// A new run. Compiles, opens the data and makes the run's directory, in this order: what is
  /// wrong with the experiment or its data leaves no directory behind.
  TrainingRun(const Experiment& experiment, const std::vector<Plan>& plans, const std::string& runs,
              Console& console, const TrainingOptions& options = {});
  /// Goes on with a run, which must outlive it. Throws Error(Data) when its data are not what they
  /// were; what of the machine is not is warned of and noted in the lineage.
  TrainingRun(const ResumedRun& run, const std::vector<Plan>& plans, Console& console);
  ~TrainingRun();

  /// Sees each row of metrics.jsonl when it is written; where it says false the run ends after that
  /// step, stopped.
  using RowJudge =
      std::function<bool(std::int64_t step, const Measures& row, const HealthReport& health)>;
  void judge_rows(RowJudge judge) { row_judge_ = std::move(judge); }

  /// Ok after the last step; Stopped, with the state saved, on SIGINT or SIGTERM, or where the
  /// experiment says so on an alarm of its health. Throws NotFiniteError, saying where that began,
  /// with the state before it saved.
  ExitCode run();

  const RunDirectory& directory() const { return directory_; }

 private:
  void open_files();
  void write_lock(const TrainingOptions& options);
  void check_pinned(const ResumedRun& run);
  /// Forgets rollbacks after step `step`, which will be found anew; whether there were any.
  bool cut_rollbacks(nlohmann::ordered_json& lock, std::int64_t step);
  void write_specification();
  void introduce();
  void draw_samples(std::int64_t step, bool all);
  void begin_next_stage();
  /// The health of the present stage is watched from here on; rows of steps after `after` count.
  void begin_watch(const std::vector<SeriesRow>& rows = {}, std::int64_t after = -1);
  /// The numbers at which training begins.
  void record_beginning();
  /// All that follows from a step, itself included.
  void do_step();
  /// One step, timed if it is one of those that the profile shows.
  void train_step();
  /// Whether something reads what the step leaves behind. Where nothing does, an accelerator may be
  /// at work still when the next one begins.
  bool is_looked_at_after(std::int64_t step) const;
  bool is_evaluated(std::int64_t step) const;
  bool is_sampled(std::int64_t step) const;
  void record(std::int64_t step, bool last, const HealthReport& health);
  void report(std::int64_t step, const HealthReport& health);
  /// What the experiment wants to be done about an alarm.
  void act_on(const HealthFinding& alarm, std::int64_t step);
  /// Takes up the newest state from before step `before` and goes on after step `step`. Not where
  /// there is none in this stage, or where that was done too often.
  bool roll_back(std::int64_t before, std::int64_t step, const std::string& why);
  /// Goes on from an earlier state where the experiment wants that; else throws, with more in it.
  void survive(const NotFiniteError& failure);
  /// Throws Error(Stopped) where the failure is that of the accelerator.
  void refuse_lost_device(const Error& failure) const;
  std::string explained(const NotFiniteError& failure);
  void save(std::int64_t step);
  /// Saves, or says why not where the experiment wants to go on nevertheless.
  void try_to_save(std::int64_t step);
  void summarize(ExitCode code);

  const Experiment& experiment_;
  Console& console_;
  Course course_;
  RunDirectory directory_;
  std::unique_ptr<RunLock> held_;  // of a new run
  std::string reopened_;           // what the log says of a run that goes on
  double seconds_before_ = 0;
  std::unique_ptr<LineFile> metrics_;
  std::unique_ptr<LineFile> timing_;
  std::unique_ptr<Progress> progress_;
  std::unique_ptr<Trace> trace_;  // until it is written
  std::vector<DrawTimes> draw_times_;
  bool profiled_ = false;
  const Checkpoint* begun_from_ = nullptr;
  std::unique_ptr<HealthWatch> watch_;
  int rollbacks_ = 0;
  std::int64_t last_rollback_ = -1;  // the step after which it went back
  RowJudge row_judge_;
  std::string ended_by_;  // an alarm, or whoever judged its rows
  bool warned_of_saving_ = false;
  const StopRequest* stop_ = nullptr;
  Measures last_evaluation_;
  std::vector<std::string> last_samples_;
  std::string last_checkpoint_;
};

}  // namespace agon
