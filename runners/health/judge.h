#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "graphs/experiment/health.h"
#include "runners/health/rules.h"
#include "runners/runs/series.h"

namespace agon {

/// A signal that went up to a warning or an alarm.
struct HealthFinding {
  HealthLevel level = HealthLevel::Warning;
  std::string signal;      // "collapse"
  std::string subject;     // a network or optimizer
  std::string evidence;    // what the numbers say
  std::int64_t since = 0;  // the first of the looks in a row that say so
  std::string advice;
};

/// "alarm: collapse of generator: its examples differ 0.043 times as much as the data's".
std::string to_text(const HealthFinding& finding);

/// Judges the looks at a stage of a training, in order. What it says depends on the looks alone, so
/// that those read back from metrics.jsonl lead a resumed run to the same words.
class HealthJudge {
 public:
  /// `first_step`, `steps`: of the stage. `spec` must outlive it.
  HealthJudge(const HealthGraph& spec, std::int64_t first_step, std::int64_t steps);

  /// Signals whose level is higher than it was.
  std::vector<HealthFinding> judge(std::int64_t step, const Measures& look);

 private:
  struct Measured {
    std::string subject, what;
    double value = 0;
  };
  /// Of one rule and subject.
  struct Past {
    int warnings = 0, alarms = 0;  // looks past a limit, in a row
    std::int64_t since = 0;        // the first of them
    HealthLevel level = HealthLevel::Good;
  };
  /// Of an optimizer's gradients.
  struct Gradients {
    std::vector<double> usual;  // lengths of looks at which it was not exploding
    double largest = 0;         // in the first tenth
    double average = 0;         // over the past 500 steps or so
    std::int64_t step = -1;     // of the last look
  };

  void add_tendencies(std::int64_t step, std::vector<Measured>& look);
  void follow_gradient(std::int64_t step, const Measured& gradient, std::vector<Measured>& look);
  bool is_held(const std::string& network) const;
  void add_scores(const WatchedCritic& critic, std::vector<Measured>& look) const;
  void apply(const HealthRule& rule, const Measured& measured, std::int64_t step,
             std::vector<HealthFinding>& findings);

  const HealthGraph& spec_;
  std::int64_t first_step_;
  std::int64_t steps_;
  std::map<std::string, Gradients> gradients_;                      // by optimizer
  std::map<std::pair<const HealthRule*, std::string>, Past> past_;  // by rule and subject
};

}  // namespace agon
