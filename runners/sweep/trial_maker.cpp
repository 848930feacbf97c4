#include "runners/sweep/trial_maker.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "engine/base/text.h"
#include "engine/runtime/cpu/lanes.h"
#include "graphs/document/suggestion.h"
#include "ops/ops.h"
#include "runners/commands/check_report.h"
#include "runners/sweep/worker.h"
#include "runners/training/made_ready.h"

namespace agon {

namespace {

/// Names that rows of metrics.jsonl may have, and those of timing.jsonl. Of a metric with several
/// values the name they begin with.
std::vector<std::string> measures_of(const Plan& plan) {
  std::vector<std::string> names = {"seconds", "images_per_second"};
  for (const std::string& loss : plan.training.losses) names.push_back("losses." + loss);
  for (const EvaluateGraph& evaluation : plan.evaluations) {
    const std::string prefix = "evaluate." + (evaluation.name.empty() ? "" : evaluation.name + ".");
    for (const std::string& metric : evaluation.metrics) names.push_back(prefix + metric);
    for (const std::string& metric : evaluation.compared.metrics) names.push_back(prefix + metric);
  }
  return names;
}

void expect_measure(const std::string& name, const Origin& origin,
                    const std::vector<std::string>& known, Diagnostics& diagnostics) {
  const bool found = name.starts_with("health.") || std::ranges::any_of(known, [&](const auto& k) {
                       return name == k || name.starts_with(k + ".");
                     });
  if (!found)
    diagnostics.error(origin, fmt::format("the experiment has no measure '{}'{}", printable(name),
                                          suggestion(name, known)));
}

/// The first value of every dimension that is active.
Point first_point(const Space& space) {
  Point point(space.size());
  for (std::size_t i = 0; i < space.size(); ++i) {
    if (is_active(space, point, i)) point[i] = value_at(space[i], 0);
  }
  return point;
}

/// A point in which dimension `i` has that value, and all others their first ones.
Point with_value(const Space& space, std::size_t i, double value) {
  Point point = first_point(space);
  // what it hangs on comes first
  for (std::size_t at = i; space[at].condition; at = space[at].condition->dimension)
    point[space[at].condition->dimension] =
        static_cast<double>(space[at].condition->choices.front());
  point[i] = value;
  for (std::size_t j = 0; j < space.size(); ++j) {
    if (!is_active(space, point, j)) {
      point[j].reset();
    } else if (!point[j]) {
      point[j] = value_at(space[j], 0);
    }
  }
  return point;
}

/// A point to build the experiment at, and the dimension whose value it is about.
struct Attempt {
  std::size_t dimension = 0;
  Point point;
};

/// Every choice, and both ends of the rest: what an experiment refuses is mostly among these.
std::vector<Attempt> attempts(const Space& space) {
  constexpr std::size_t kMostChoices = 32;
  std::vector<Attempt> all;
  for (std::size_t i = 0; i < space.size(); ++i) {
    const Dimension& d = space[i];
    if (d.kind != Dimension::Kind::Choice) {
      all.push_back({i, with_value(space, i, value_at(d, 0))});
      all.push_back({i, with_value(space, i, value_at(d, 1 - 1e-9))});
      continue;
    }
    for (std::size_t choice = 0; choice < std::min(d.choices, kMostChoices); ++choice)
      all.push_back({i, with_value(space, i, static_cast<double>(choice))});
  }
  return all;
}

/// A finding as that of the value: what stands in the sweep file is to blame.
Diagnostic of_value(const Diagnostic& found, const SweepFile& sweep, const Attempt& attempt) {
  const Varied& varied = sweep.over[attempt.dimension];
  const std::string value = joined(varied.settings(*attempt.point[attempt.dimension]));
  const std::string at = found.origin.path.empty() ? "" : found.origin.path + ": ";
  return {found.severity, varied.origin, fmt::format("{}: {}{}", value, at, found.message)};
}

}  // namespace

TrialMaker::TrialMaker(const SweepFile& sweep, const std::string& runs, std::int64_t jobs)
    : sweep_(sweep), runs_(runs) {
  const auto said = [](const std::string& setting) { return setting.starts_with("lanes="); };
  if (std::ranges::any_of(settings(first_point(sweep.space()), 0), said)) return;
  if (experiment_of_trial(sweep.experiment, sweep.set, runs).lanes) return;
  lanes_ = std::max<std::int64_t>(1, Lanes::automatic() / jobs);
}

std::vector<std::string> TrialMaker::settings(const Point& point, std::int64_t repeat) const {
  std::vector<std::string> all = sweep_.settings(point);
  if (lanes_) all.push_back(fmt::format("lanes={}", *lanes_));
  all.push_back(fmt::format("seed={}", sweep_.seed + repeat));
  return all;
}

Experiment TrialMaker::experiment(const Point& point, std::int64_t repeat) const {
  return experiment_of_trial(sweep_.experiment, settings(point, repeat), runs_);
}

std::vector<Trial> TrialMaker::trials(std::int64_t number, const Point& point) const {
  std::vector<Trial> trials;
  for (std::int64_t repeat = 0; repeat < sweep_.repeat; ++repeat) {
    Trial trial;
    trial.key = {number, repeat};
    trial.set = settings(point, repeat);
    trial.id = experiment(point, repeat).hash;
    trials.push_back(std::move(trial));
  }
  return trials;
}

void check_sweep(const SweepFile& sweep, const TrialMaker& maker, std::int64_t jobs) {
  OpRegistry ops;
  register_all_ops(ops);
  Diagnostics diagnostics;
  for (const Attempt& attempt : attempts(sweep.space())) {
    try {
      build_plans(maker.experiment(attempt.point, 0), ops);
    } catch (const ConfigError& failure) {
      for (const Diagnostic& d : failure.diagnostics()) {
        if (d.severity == Severity::Error) diagnostics.add(of_value(d, sweep, attempt));
      }
    }
  }
  diagnostics.throw_if_errors();
  const Experiment experiment = maker.experiment(first_point(sweep.space()), 0);
  const std::vector<Plan> plans = build_plans(experiment, ops);
  const std::vector<std::string> known = measures_of(plans.back());
  for (const Objective& objective : sweep.best)
    expect_measure(objective.measure, objective.origin, known, diagnostics);
  if (sweep.stop_early.rule != StopEarly::Rule::None)
    expect_measure(sweep.stop_early.watch, sweep.stop_early.origin, known, diagnostics);
  if (sweep.stop_early.from > experiment.steps)
    diagnostics.error(
        sweep.stop_early.origin,
        fmt::format("begins at step {}, a trial has {}", sweep.stop_early.from, experiment.steps));
  diagnostics.throw_if_errors();
  const MadeReady ready = made_ready(experiment, plans, experiment.lanes.value_or(1));
  double needed = 0;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const CheckReport report(*stages_of(experiment)[i], plans[i], ready.compiled[i],
                             *ready.backend);
    needed = std::max(needed, static_cast<double>(report.memory.peak()));
  }
  const double there =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  if (needed * static_cast<double>(jobs) > there) {
    throw Error(ExitCode::Config,
                fmt::format("{} trials at once need {} each, this machine has {}; lower --jobs",
                            jobs, bytes_text(needed), bytes_text(there)));
  }
}

}  // namespace agon
