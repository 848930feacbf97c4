#pragma once
#include <optional>

#include "runners/sweep/store.h"
#include "runners/sweep/sweep_file.h"

namespace agon {

/// Decides at rows of a trial whether it goes on. Every decision is kept before it acts; a trial
/// that comes by again, after a kill, is told the same.
class StopRules {
 public:
  /// `store` must outlive it.
  StopRules(const StopEarly& rules, TrialKey key, SweepStore& store)
      : rules_(rules), key_(key), store_(store) {}

  /// Why the trial ends after the row of step `step`; nothing where it goes on.
  std::optional<std::string> verdict(std::int64_t step, const Measures& row);

 private:
  std::optional<std::int64_t> rung_at(std::int64_t step);
  bool is_good(double value, const std::vector<Judgement>& others) const;

  const StopEarly& rules_;
  TrialKey key_;
  SweepStore& store_;
  std::int64_t last_rung_ = 0;  // judged already
};

/// Asynchronous successive halving (Li et al. 2020, A System for Massively Parallel Hyperparameter
/// Tuning): whether `value` is among the best 1 / factor of all that came to this rung, itself
/// included; at least one is.
bool is_promoted(double value, const std::vector<Judgement>& others, double factor);

/// The median rule (Golovin et al. 2017, Google Vizier, 3.2.2): whether `value` is no worse than
/// the median of what others had at this step. While fewer than `startup` others came by, it is.
bool is_no_worse_than_median(double value, const std::vector<Judgement>& others,
                             std::int64_t startup);

}  // namespace agon
