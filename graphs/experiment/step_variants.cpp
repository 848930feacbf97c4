#include "graphs/experiment/step_variants.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "engine/base/text.h"

namespace agon {

namespace {

/// The smallest common multiple, or `limit` where it is not below it.
std::int64_t common_multiple(const std::set<std::int64_t>& periods, std::int64_t limit) {
  std::int64_t multiple = 1;
  for (const std::int64_t period : periods) {
    const std::int64_t factor = period / std::gcd(multiple, period);
    if (factor >= limit || multiple > limit / factor) return limit;
    multiple *= factor;
  }
  return std::min(multiple, limit);
}

void report_too_many(System& system, const std::map<std::int64_t, const Expr*>& periods) {
  std::vector<std::string> terms;
  for (const auto& [period, term] : periods) terms.push_back(canonical_text(*term));
  system.diagnostics.error(
      periods.begin()->second->origin,
      fmt::format("more than {} kinds of steps, each compiled for itself, by {}; let the periods "
                  "divide one another",
                  kMostVariants, joined(terms)));
}

}  // namespace

std::vector<std::set<std::int64_t>> step_variants(
    System& system, const std::map<std::int64_t, const Expr*>& periods) {
  std::vector<std::set<std::int64_t>> variants;
  const std::int64_t steps = std::max<std::int64_t>(1, system.experiment.steps);
  std::vector<std::int64_t> all;
  for (const auto& [period, term] : periods) all.push_back(period);
  // n different periods make at least n kinds of steps
  if (all.size() > kMostVariants) {
    report_too_many(system, periods);
    return {};
  }
  for (std::size_t chosen = 0; chosen + 1 < std::size_t{1} << all.size(); ++chosen) {
    std::set<std::int64_t> due;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if ((chosen >> i & 1) != 0) due.insert(all[i]);
    }
    // the first step in which these are due and that is not 0; others may divide it too
    const std::int64_t step = common_multiple(due, steps);
    const bool alone = std::none_of(all.begin(), all.end(), [&](std::int64_t period) {
      return !due.contains(period) && step % period == 0;
    });
    if (step < steps && alone) variants.push_back(std::move(due));
  }
  if (variants.size() + 1 > kMostVariants) report_too_many(system, periods);
  return variants;
}

const std::vector<int>& TrainingGraphs::draws_at(std::int64_t step) const {
  const auto is_due = [&](std::int64_t period) { return step % period == 0; };
  for (const StepVariant& variant : variants) {
    std::size_t next = 0;  // both lists rise
    const bool same = std::all_of(periods.begin(), periods.end(), [&](std::int64_t period) {
      const bool listed = next < variant.due.size() && variant.due[next] == period;
      if (listed) ++next;
      return listed == is_due(period);
    });
    if (same) return variant.draws;
  }
  return draws;
}

double TrainingGraphs::runs_a_step(std::size_t program) const {
  constexpr std::int64_t kMany = 4096;
  const std::int64_t steps =
      common_multiple(std::set<std::int64_t>(periods.begin(), periods.end()), kMany);
  std::int64_t runs = 0;
  for (std::int64_t step = 0; step < steps; ++step) {
    const std::vector<int>& of_step = draws_at(step);
    runs += std::count(of_step.begin(), of_step.end(), static_cast<int>(program));
  }
  return static_cast<double>(runs) / static_cast<double>(steps);
}

namespace {
std::string periods_text(const std::vector<std::int64_t>& periods) {
  std::vector<std::string> texts;
  for (const std::int64_t period : periods) texts.push_back(std::to_string(period));
  return "every " + joined(texts);
}
}  // namespace

std::string variants_text(const TrainingGraphs& training) {
  if (training.periods.empty()) return "";
  const std::size_t kinds = training.variants.size() + 1;
  return fmt::format("; {}: {} kind{} of steps", periods_text(training.periods), kinds,
                     kinds == 1 ? "" : "s");
}

std::string DrawGraph::title() const {
  const std::string text = "draw with turns " + joined(turns) + (logs ? " and a log" : "");
  return left_out.empty() ? text : text + " without " + periods_text(left_out);
}

}  // namespace agon
