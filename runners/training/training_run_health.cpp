#include <fmt/format.h>

#include "engine/base/text.h"
#include "engine/runtime/durable_file.h"
#include "runners/health/first_not_finite.h"
#include "runners/runs/opened_run.h"
#include "runners/training/saved.h"
#include "runners/training/training_run.h"

namespace agon {

void TrainingRun::begin_watch(const std::vector<SeriesRow>& rows, std::int64_t after) {
  const std::size_t stage = stage_at(experiment_, course_.steps_done());
  watch_ = std::make_unique<HealthWatch>(*stages_of(experiment_)[stage],
                                         course_.plan().health.get(), course_.stage().health());
  watch_->take_up(rows, after);
}

void TrainingRun::record_beginning() {
  const HealthReport health = watch_->after_step(0);
  if (!health.measures.empty()) metrics_->write(metrics_line(0, health.measures));
}

void TrainingRun::report(std::int64_t step, const HealthReport& health) {
  for (const HealthFinding& finding : health.findings) {
    console_.complain(fmt::format("step {}  {}\n  try: {}", thousands_text(step), to_text(finding),
                                  finding.advice));
  }
}

void TrainingRun::act_on(const HealthFinding& alarm, std::int64_t step) {
  const OnAlarm wish = experiment_.sections.health.on_alarm;
  const std::string text = to_text(alarm);
  if (wish == OnAlarm::Stop) ended_by_ = text;
  if (wish == OnAlarm::Rollback && !roll_back(alarm.since, step, text)) ended_by_ = text;
}

/// As Chowdhery et al. 2022 (PaLM, 5.1) did with spikes of the loss: an earlier state, and other
/// batches than those that led to the failure.
bool TrainingRun::roll_back(std::int64_t before, std::int64_t step, const std::string& why) {
  if (rollbacks_ == kMostRollbacks) return false;
  const NewestCheckpoint newest = newest_checkpoint(directory_.checkpoints(), before);
  if (!newest.checkpoint) return false;
  const std::int64_t back = newest.checkpoint->step();
  const auto stage = stage_at(experiment_, step);
  if (back < stages_of(experiment_)[stage]->first_step) return false;
  course_.go_back(*newest.checkpoint, step);
  ++rollbacks_;
  last_rollback_ = step;
  nlohmann::ordered_json lock = read_lock(directory_);
  lock["lineage"].push_back({{"rolled_back", step}, {"to", back}, {"why", why}});
  DurableFile file(directory_.lock());
  file.write(lock.dump(2) + "\n");
  file.commit();
  console_.complain(fmt::format("goes on after step {} with the state of step {}",
                                thousands_text(step), thousands_text(back)));
  begin_watch();
  if (step < experiment_.steps) save(step);
  return true;
}

bool TrainingRun::cut_rollbacks(nlohmann::ordered_json& lock, std::int64_t step) {
  auto& lineage = lock["lineage"];
  nlohmann::ordered_json kept = nlohmann::ordered_json::array();
  for (const auto& entry : lineage) {
    const std::int64_t at = entry.value("rolled_back", std::int64_t{-1});
    if (at > step) continue;
    if (at >= 0) {
      ++rollbacks_;
      last_rollback_ = at;
    }
    kept.push_back(entry);
  }
  const bool cut = kept.size() < lineage.size();
  lineage = std::move(kept);
  return cut;
}

void TrainingRun::survive(const NotFiniteError& failure) {
  const bool wanted = experiment_.sections.health.on_alarm == OnAlarm::Rollback;
  if (wanted && failure.step < experiment_.steps) {
    console_.complain(fmt::format("step {}  alarm: not_finite: {}", thousands_text(failure.step),
                                  failure.what()));
    if (roll_back(failure.step, failure.step, failure.what())) return;
  }
  throw NotFiniteError(failure.step, explained(failure));
}

/// The state that gave such a number is thrown away; the one before it stays for a closer look.
std::string TrainingRun::explained(const NotFiniteError& failure) {
  const std::string message = failure.what();
  console_.clear_progress();
  console_.complain(message + "; training again from the last state to find where that began");
  const NewestCheckpoint newest = newest_checkpoint(directory_.checkpoints(), failure.step);
  const Checkpoint* from = newest.checkpoint ? &*newest.checkpoint : begun_from_;
  std::string saved;
  const FirstNotFinite first = first_not_finite(
      experiment_, course_.plans(), course_.means(), from, failure.step,
      [&] { return stop_->made(); },
      [&](Course& course) {
        if (course.steps_done() == 0 || course.steps_done() == (from ? from->step() : 0)) return;
        saved = save_state(directory_, experiment_, course.stage().variables(),
                           course.stage().trainer().losses(), course.steps_done(),
                           kept_checkpoints(experiment_));
      });
  if (first.where.empty()) return message + "; a rerun stays finite";
  return fmt::format("{}; it began at step {}, {}{}", message, thousands_text(first.step),
                     first.where, saved.empty() ? "" : "; the state before it: " + saved);
}

}  // namespace agon
