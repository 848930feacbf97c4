#include "runners/sweep/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "engine/base/text.h"
#include "ops/ops.h"
#include "runners/runs/json_lines.h"
#include "runners/runs/opened_run.h"
#include "runners/runs/read_with_data.h"
#include "runners/runs/run_state.h"
#include "runners/sweep/stop_rules.h"
#include "runners/training/resumed_run.h"
#include "runners/training/training_run.h"
#include "runners/training/weights.h"

namespace agon {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

class Worker {
 public:
  Worker(const SweepFolder& folder, const TrialKey& key, Console& console)
      : folder_(folder),
        console_(console),
        held_(folder.trial(key)),
        store_(open_sqlite_store(folder.state())),
        trial_(store_->trial(key)),
        sweep_(kept_sweep(*store_)),
        runs_(needed(fact::kRuns)) {}

  ExitCode run() {
    if (trial_.is_final()) return ExitCode::Ok;
    trial_.state = Trial::State::Running;
    store_->update(trial_);
    try {
      return train();
    } catch (const Error& failure) {
      // what another try may not meet is no fault of the trial
      const bool passing = failure.code() == ExitCode::Io || failure.code() == ExitCode::Stopped ||
                           failure.code() == ExitCode::CantCreate ||
                           failure.code() == ExitCode::Internal;
      if (passing) throw;
      finish(Trial::State::Failed, failure.what());
      return ExitCode::Ok;
    }
  }

 private:
  std::string needed(const char* name) {
    const auto value = store_->fact(name);
    if (!value) throw Error(ExitCode::Data, fmt::format("the sweep's state lacks '{}'", name));
    return *value;
  }

  ExitCode train() {
    const Experiment experiment = experiment_of_trial(sweep_.experiment, trial_.set, runs_);
    if (experiment.hash != trial_.id)
      throw Error(ExitCode::Config, fmt::format("'{}' is not what it was when the sweep began",
                                                printable(sweep_.experiment)));
    if (trial_.run.empty()) trial_.run = begun_run(experiment);
    OpRegistry ops;
    register_all_ops(ops);
    if (!trial_.run.empty()) {
      store_->update(trial_);
      return go_on(ops);
    }
    const std::vector<Plan> plans = build_plans(experiment, ops);
    check_weights(experiment, plans);
    TrainingOptions options;
    options.trial = mark();
    TrainingRun run(experiment, plans, runs_, console_, options);
    trial_.run = run.directory().path;
    store_->update(trial_);
    return judged(run);
  }

  ExitCode go_on(const OpRegistry& ops) {
    const RunDirectory directory{trial_.run};
    const ResumedRun resumed = resumed_run(directory, {}, console_);
    if (resumed.step() == resumed.opened.experiment.steps) {
      finish(Trial::State::Done, "");
      return ExitCode::Ok;
    }
    const std::vector<Plan> plans = build_plans(resumed.opened.experiment, ops);
    TrainingRun run(resumed, plans, console_);
    return judged(run);
  }

  /// Trains to the end, or to where a rule ends it.
  ExitCode judged(TrainingRun& run) {
    StopRules rules(sweep_.stop_early, trial_.key, *store_);
    std::string why;
    run.judge_rows([&](std::int64_t step, const Measures& row, const HealthReport& health) {
      if (const HealthFinding* alarm = health.alarm(); alarm != nullptr && sweep_.stop_early.health)
        why = to_text(*alarm);
      if (auto verdict = rules.verdict(step, row); verdict && why.empty()) why = *verdict;
      return why.empty();
    });
    const ExitCode code = run.run();
    if (code == ExitCode::Ok) finish(Trial::State::Done, "");
    if (code == ExitCode::Stopped && !why.empty()) {
      finish(Trial::State::Stopped, why);
      return ExitCode::Ok;
    }
    return code;
  }

  void finish(Trial::State state, const std::string& message) {
    trial_.state = state;
    trial_.message = message;
    if (!trial_.run.empty()) read_results();
    store_->update(trial_);
  }

  void read_results() {
    const RunDirectory directory{trial_.run};
    const auto rows = series_rows(directory.metrics(), std::numeric_limits<std::int64_t>::max());
    trial_.measures.clear();
    if (!rows.empty()) {
      trial_.measures = rows.back().measures;
      trial_.steps = rows.back().step;
    }
    const std::vector<Json> paces = json_lines(directory.timing());
    const Json pace = paces.empty() ? Json() : paces.back();
    for (const char* name : {"seconds", "images_per_second"}) {
      if (pace.is_object() && pace.contains(name) && pace[name].is_number())
        trial_.measures.emplace_back(name, pace[name].get<double>());
    }
  }

  Json mark() const {
    return {{"sweep", fs::absolute(folder_.path).lexically_normal().string()},
            {"setting", trial_.key.setting},
            {"repeat", trial_.key.repeat}};
  }

  /// The run that an earlier worker began and did not come to note; with --reuse also a whole run
  /// of the same experiment, whoever trained it. "" where there is none.
  std::string begun_run(const Experiment& experiment) {
    const bool reuse = store_->fact(fact::kReuse).value_or("") == "1";
    for (const RunDirectory& run : all_runs(runs_)) {
      if (fs::path(run.path).parent_path().filename() != experiment.name) continue;
      const auto state = run_state(run);
      if (!state || state->config_hash != experiment.hash) continue;
      if (reuse && state->state == "complete") return run.path;
      const Json lock = read_lock(run);
      for (const Json& entry : lock.value("lineage", Json::array())) {
        if (entry == mark()) return run.path;
      }
    }
    return "";
  }

  const SweepFolder& folder_;
  Console& console_;
  RunLock held_;
  std::unique_ptr<SweepStore> store_;
  Trial trial_;
  SweepFile sweep_;
  std::string runs_;
};

}  // namespace

Experiment experiment_of_trial(const std::string& file, const std::vector<std::string>& set,
                               const std::string& runs) {
  OpRegistry ops;
  register_all_ops(ops);
  ReadOptions options;
  options.set = set;
  options.ops = &ops;
  options.find_state = states_in(runs);
  return read_with_data(
      [&](const Inspect& inspect) { return read_experiment(file, options, inspect); });
}

ExitCode run_trial(const SweepFolder& folder, const TrialKey& key, Console& console) {
  return Worker(folder, key, console).run();
}

}  // namespace agon
