#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "ops/ops.h"
#include "runners/data/data_set.h"
#include "runners/health/watch.h"
#include "runners/runs/opened_run.h"
#include "runners/runs/run_directory.h"
#include "runners/training/course.h"

/// The failure zoo: trainings made to fail (tests/failures) are told under their names before 30 %
/// of their steps. AGON_SEEDS=20 takes so many seeds of each, AGON_RUNS=DIR judges again all runs
/// of shipped experiments that a folder holds.
namespace agon {
namespace {

namespace fs = std::filesystem;

struct Failure {
  std::string file;
  std::vector<std::string> signals;  // any of which is its name
};

std::vector<Failure> all_failures() {
  return {
      {"dead_critic", {"dead_critic"}},
      {"fast_critic", {"update_ratio", "gradient_explosion", "vanishing_gradient"}},
      {"few_images", {"critic_overfitting"}},
      {"heavy_prior", {"posterior_collapse"}},
      {"high_rate", {"gradient_explosion", "update_ratio", "not_finite"}},
      {"lost_modes", {"missing_modes", "collapse"}},
      {"saturating", {"vanishing_gradient"}},
      {"shuffled_labels", {"label_ignored"}},
      {"white", {"saturation", "collapse"}},
      {"wide_box", {"critic_slope"}},
  };
}

int seeds_asked_for() {
  const char* text = std::getenv("AGON_SEEDS");
  return text == nullptr ? 1 : std::atoi(text);
}

/// The first step after which an alarm of one of these signals came, up to 30 % of the training; 0
/// if none did.
std::int64_t told_after(const Experiment& experiment, const Failure& failure) {
  OpRegistry ops;
  register_all_ops(ops);
  const std::vector<Plan> plans = build_plans(experiment, ops);
  Course course(experiment, plans, 1);
  course.begin(nullptr);
  const auto watch_now = [&] {
    const std::size_t stage = stage_at(experiment, course.steps_done());
    return std::make_unique<HealthWatch>(*stages_of(experiment)[stage], course.plan().health.get(),
                                         course.stage().health());
  };
  auto watch = watch_now();
  const auto named = [&](const HealthFinding& found) {
    return found.level == HealthLevel::Alarm &&
           std::ranges::find(failure.signals, found.signal) != failure.signals.end();
  };
  watch->after_step(0);
  while (course.steps_done() < experiment.steps * 3 / 10) {
    if (course.is_at_end_of_stage()) {
      course.begin_next_stage();
      watch = watch_now();
    }
    watch->before_step(course.steps_done() + 1);
    course.stage().trainer().step();
    const HealthReport report = watch->after_step(course.steps_done());
    if (std::ranges::any_of(report.findings, named)) return course.steps_done();
  }
  return 0;
}

/// How many seeds of a failure are told, and when.
std::size_t told(const Failure& failure, int seeds) {
  std::vector<std::int64_t> steps;
  std::int64_t budget = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    ReadOptions options;
    options.set = {fmt::format("seed={}", seed)};
    const Experiment experiment =
        read_experiment(fmt::format("{}/tests/failures/{}.yaml", AGON_SOURCE_DIR, failure.file),
                        options, inspect_data);
    budget = experiment.steps;
    const std::int64_t step = told_after(experiment, failure);
    if (step > 0) steps.push_back(step);
  }
  std::ranges::sort(steps);
  std::string when = "never";
  if (!steps.empty())
    when = fmt::format("after {} to {} of {} steps, median {}", steps.front(), steps.back(), budget,
                       steps[steps.size() / 2]);
  std::cout << fmt::format("{}: {} of {} seeds, {}\n", failure.file, steps.size(), seeds, when);
  return steps.size();
}

TEST(Failures, AreToldUnderTheirNames) {
  const int seeds = seeds_asked_for();
  std::size_t found = 0;
  for (const Failure& failure : all_failures()) found += told(failure, seeds);
  const auto all = static_cast<double>(all_failures().size()) * seeds;
  EXPECT_GE(static_cast<double>(found), 0.95 * all);
}

/// Whether a run's own last evaluation found fewer modes than there are: then it has failed, and an
/// alarm that says so is none too many.
bool has_lost_modes(const Experiment& experiment, const std::vector<SeriesRow>& rows) {
  if (rows.empty() || experiment.facts.empty()) return false;
  const auto modes = static_cast<double>(experiment.facts[0].modes.centres.size());
  return std::ranges::any_of(rows.back().measures, [&](const auto& measure) {
    return measure.first.ends_with("mode_coverage.modes") && measure.second < modes;
  });
}

/// The alarms of a run, judged again from its rows.
std::vector<std::string> alarms_of(const RunDirectory& directory, bool& watched) {
  const OpenedRun run = open_run(directory, {});
  OpRegistry ops;
  register_all_ops(ops);
  const std::vector<Plan> plans = build_plans(run.experiment, ops);
  const auto rows = series_rows(directory.metrics(), run.experiment.steps);
  std::vector<std::string> alarms;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (plans[i].health == nullptr) continue;
    const Experiment& stage = *stages_of(run.experiment)[i];
    HealthJudge judge(*plans[i].health, stage.first_step, stage.stage_steps);
    for (const SeriesRow& row : rows) {
      if (row.step < stage.first_step || row.step > stage.first_step + stage.stage_steps) continue;
      const bool looked = std::ranges::any_of(
          row.measures, [](const auto& m) { return m.first.starts_with("health."); });
      watched = watched || looked;
      if (!looked) continue;
      for (const HealthFinding& found : judge.judge(row.step, row.measures)) {
        const bool rightly =
            found.signal == "missing_modes" && has_lost_modes(run.experiment, rows);
        if (found.level == HealthLevel::Alarm && !rightly)
          alarms.push_back(fmt::format("step {}  {}", row.step, to_text(found)));
      }
    }
  }
  return alarms;
}

TEST(HealthyRuns, RaiseNoAlarm) {
  const char* folder = std::getenv("AGON_RUNS");
  if (folder == nullptr) GTEST_SKIP() << "AGON_RUNS names no folder of runs";
  int runs = 0, alarmed = 0;
  for (const RunDirectory& directory : all_runs(folder)) {
    bool watched = false;
    const auto alarms = alarms_of(directory, watched);
    if (!watched) continue;
    ++runs;
    alarmed += alarms.empty() ? 0 : 1;
    for (const std::string& alarm : alarms) std::cout << directory.path << "  " << alarm << "\n";
  }
  std::cout << fmt::format("{} of {} runs with an alarm\n", alarmed, runs);
  ASSERT_GT(runs, 0);
  EXPECT_LE(alarmed, 0.05 * runs);
}

}  // namespace
}  // namespace agon
