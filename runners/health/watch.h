#pragma once
#include <optional>
#include <string>
#include <vector>

#include "runners/health/judge.h"
#include "runners/health/look.h"

namespace agon {

/// What one look found.
struct HealthReport {
  Measures measures;                    // empty where there was no look
  std::vector<HealthFinding> findings;  // signals that went up
  std::string text() const;             // of all findings, for metrics.jsonl
  const HealthFinding* alarm() const;   // the first, or null
};

/// Looks at a stage of a training now and then, and judges what it sees.
class HealthWatch {
 public:
  /// `stage`: the experiment as that stage has it. `look` is null where nothing is looked at.
  /// Everything given must outlive it.
  HealthWatch(const Experiment& stage, const HealthGraph* spec, HealthLook* look);

  /// Judges again what was seen after step `after` and written down, up to where the training is.
  void take_up(const std::vector<SeriesRow>& rows, std::int64_t after);
  /// Whether before_step and after_step read the variables.
  bool looks_at(std::int64_t step) const;
  /// Before step number `step`, counted from 1.
  void before_step(std::int64_t step);
  HealthReport after_step(std::int64_t step);

 private:
  std::int64_t every_;
  std::int64_t first_step_;
  HealthLook* look_;
  std::optional<HealthJudge> judge_;
};

}  // namespace agon
