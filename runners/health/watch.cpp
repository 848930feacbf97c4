#include "runners/health/watch.h"

#include <algorithm>

#include "engine/base/text.h"

namespace agon {

std::string HealthReport::text() const {
  std::vector<std::string> texts;
  for (const HealthFinding& finding : findings) texts.push_back(to_text(finding));
  return joined(texts, "; ");
}

const HealthFinding* HealthReport::alarm() const {
  const auto it = std::ranges::find(findings, HealthLevel::Alarm, &HealthFinding::level);
  return it == findings.end() ? nullptr : &*it;
}

HealthWatch::HealthWatch(const Experiment& stage, const HealthGraph* spec, HealthLook* look)
    : every_(stage.health_every), first_step_(stage.first_step), look_(look) {
  if (look != nullptr) judge_.emplace(*spec, stage.first_step, stage.stage_steps);
}

void HealthWatch::take_up(const std::vector<SeriesRow>& rows, std::int64_t after) {
  if (look_ == nullptr) return;
  for (const SeriesRow& row : rows) {
    if (row.step > after && row.step >= first_step_ && is_looked_at(row.step, every_))
      judge_->judge(row.step, row.measures);
  }
}

bool HealthWatch::looks_at(std::int64_t step) const {
  return look_ != nullptr && is_looked_at(step, every_);
}

void HealthWatch::before_step(std::int64_t step) {
  if (looks_at(step)) look_->before_step();
}

HealthReport HealthWatch::after_step(std::int64_t step) {
  HealthReport report;
  if (!looks_at(step)) return report;
  report.measures = look_->look(step);
  report.findings = judge_->judge(step, report.measures);
  return report;
}

}  // namespace agon
