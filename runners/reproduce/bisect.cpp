#include "runners/reproduce/bisect.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "ops/ops.h"
#include "runners/reproduce/recorded_run.h"
#include "runners/training/resumed_run.h"

namespace agon {

namespace {
/// A run with all that it takes to train it again.
struct Side {
  explicit Side(const OpenedRun& opened) : run(opened) {
    register_all_ops(ops);
    plans = build_plans(run.experiment, ops);
    const auto state = run_state(run.directory);
    steps = state ? state->step : 0;
  }

  TrainingRecord again(const RecordingPlan& plan, std::int64_t after,
                       const std::function<bool()>& stop) const {
    NewestCheckpoint before = newest_checkpoint(run.directory.checkpoints(), after + 1);
    std::optional<Checkpoint> from = std::move(before.checkpoint);
    if (!from) from = beginning_of(run);
    return record(run.experiment, plans, run.means, plan, from ? &*from : nullptr, stop);
  }

  const OpenedRun& run;
  OpRegistry ops;
  std::vector<Plan> plans;
  std::int64_t steps = 0;
};

/// The steps between which two recordings part: the last with equal fingerprints, and the first
/// with different ones.
struct Gap {
  std::int64_t same = 0;
  std::int64_t different = 0;  // 0: none
};
Gap gap_between(const TrainingRecord& one, const TrainingRecord& other) {
  Gap gap;
  for (const auto& [number, step] : one.steps) {
    const auto it = other.steps.find(number);
    if (it == other.steps.end() || step.fingerprint.empty() || it->second.fingerprint.empty())
      continue;
    if (step.fingerprint != it->second.fingerprint) {
      gap.different = number;
      return gap;
    }
    gap.same = number;
  }
  return gap;
}
}  // namespace

Parting where_they_part(const OpenedRun& one, const OpenedRun& other,
                        const std::function<bool()>& stop) {
  const Side a(one), b(other);
  Parting parting;
  parting.compared_to = std::min(a.steps, b.steps);
  const TrainingRecord left_a = recording_of(one, a.plans, parting.compared_to);
  const TrainingRecord left_b = recording_of(other, b.plans, parting.compared_to);
  parting.verdict = compare(left_a, left_b);
  const Gap gap = gap_between(left_a, left_b);
  if (gap.different == 0) return parting;
  RecordingPlan plan;
  plan.last = gap.different;
  for (std::int64_t step = gap.same + 1; step <= gap.different; ++step) plan.measured.insert(step);
  plan.named = plan.measured;
  const Gap found = gap_between(a.again(plan, gap.same, stop), b.again(plan, gap.same, stop));
  parting.same_here = found.different == 0;
  if (parting.same_here) return parting;
  plan.last = found.different;
  plan.measured = plan.named = plan.observed = {found.different};
  const Verdict exact = compare(a.again(plan, found.same, stop), b.again(plan, found.same, stop));
  parting.verdict.first = exact.first;
  parting.instruction = exact.where;
  return parting;
}

}  // namespace agon
