#include "runners/health/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace agon {

namespace {

/// A share of the training in which gradients find their size.
constexpr double kBeginning = 0.1;
/// Steps in which an average forgets half.
constexpr double kHalfLife = 500;
/// As many lengths as a median is taken of.
constexpr std::size_t kUsual = 51;
/// Gradients longer than this many times the usual do not count as usual.
constexpr double kUnusual = 10;
/// Scores that vary less are all the same.
constexpr double kNoSpread = 1e-3;

std::string rounded_text(double value) {
  return fmt::format("{:.3g}", value);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::string to_text(const HealthFinding& finding) {
  return fmt::format("{}: {} of {}: {}", finding.level == HealthLevel::Alarm ? "alarm" : "warning",
                     finding.signal, finding.subject, finding.evidence);
}

HealthJudge::HealthJudge(const HealthGraph& spec, std::int64_t first_step, std::int64_t steps)
    : spec_(spec), first_step_(first_step), steps_(steps) {}

std::vector<HealthFinding> HealthJudge::judge(std::int64_t step, const Measures& measures) {
  std::vector<Measured> look;
  const std::string_view prefix = "health.";
  for (const auto& [name, value] : measures) {
    const std::size_t dot = name.rfind('.');
    if (!name.starts_with(prefix) || dot < prefix.size()) continue;
    Measured measured{name.substr(prefix.size(), dot - prefix.size()), name.substr(dot + 1), value};
    // the limits change such weights, not the learning rate alone: first ones lie far outside them
    if (measured.what == "update" && is_held(measured.subject)) continue;
    look.push_back(std::move(measured));
  }
  add_tendencies(step, look);
  const double done = static_cast<double>(step - first_step_) / static_cast<double>(steps_);
  std::vector<HealthFinding> findings;
  for (const HealthRule& rule : health_rules()) {
    for (const Measured& measured : look) {
      if (measured.what == rule.measure && done >= rule.grace)
        apply(rule, measured, step, findings);
    }
  }
  return findings;
}

/// What a look says only beside earlier ones, or by several numbers together.
void HealthJudge::add_tendencies(std::int64_t step, std::vector<Measured>& look) {
  const std::vector<Measured> measured = look;
  for (const Measured& m : measured) {
    if (m.what == "gradient") follow_gradient(step, m, look);
  }
  for (const WatchedCritic& critic : spec_.critics) add_scores(critic, look);
}

void HealthJudge::follow_gradient(std::int64_t step, const Measured& gradient,
                                  std::vector<Measured>& look) {
  const double length = gradient.value;
  look.push_back({gradient.subject, "not_finite", std::isfinite(length) ? 0.0 : 1.0});
  if (!std::isfinite(length)) return;
  Gradients& past = gradients_[gradient.subject];
  const double usual = past.usual.empty() ? length : median(past.usual);
  if (usual > 0) look.push_back({gradient.subject, "explosion", length / usual});
  if (past.usual.empty() || length <= kUnusual * usual) past.usual.push_back(length);
  if (past.usual.size() > kUsual) past.usual.erase(past.usual.begin());
  const bool beginning =
      static_cast<double>(step - first_step_) <= kBeginning * static_cast<double>(steps_);
  if (beginning) past.largest = std::max(past.largest, length);
  const double kept =
      past.step < 0 ? 0 : std::pow(0.5, static_cast<double>(step - past.step) / kHalfLife);
  past.average = kept * past.average + (1 - kept) * length;
  past.step = step;
  const bool generates = std::ranges::any_of(spec_.critics, [&](const WatchedCritic& critic) {
    return critic.maker_turn == gradient.subject;
  });
  if (generates && past.largest > 0)
    look.push_back({gradient.subject, "vanishing", past.average / past.largest});
}

/// Whether `keep` holds the weights of a network.
bool HealthJudge::is_held(const std::string& network) const {
  return std::ranges::any_of(spec_.turns, [&](const HealthGraph::Turn& turn) {
    return !turn.keep.empty() && std::ranges::find(turn.networks, network) != turn.networks.end();
  });
}

void HealthJudge::add_scores(const WatchedCritic& critic, std::vector<Measured>& look) const {
  const auto value = [&](std::string_view what) -> std::optional<double> {
    const auto it = std::ranges::find_if(
        look, [&](const Measured& m) { return m.subject == critic.network && m.what == what; });
    return it == look.end() ? std::nullopt : std::optional(it->value);
  };
  const auto real = value("right_real"), fake = value("right_fake"), spread = value("spread");
  const auto vanished = value("vanished"), slope = value("slope");
  if (real && fake && spread) {
    const auto undecided = [](double share) { return share >= 0.45 && share <= 0.55; };
    // equal scores lie on one side of the boundary: one side is all right, the other all wrong
    const bool one_sided = std::abs(*real + *fake - 1) < 0.1;
    const bool dead = *spread < kNoSpread && (one_sided || (undecided(*real) && undecided(*fake)));
    look.push_back({critic.network, "both_right", std::min(*real, *fake)});
    look.push_back({critic.network, "dead", dead ? 1.0 : 0.0});
  }
  if (slope && !is_held(critic.network)) look.push_back({critic.network, "free_slope", *slope});
  if (vanished && critic.saturates && !critic.maker.empty())
    look.push_back({critic.maker, "unheard", *vanished});
}

void HealthJudge::apply(const HealthRule& rule, const Measured& measured, std::int64_t step,
                        std::vector<HealthFinding>& findings) {
  Past& past = past_[{&rule, measured.subject}];
  const double x = measured.value;
  if (past.warnings == 0) past.since = step;
  past.alarms = x > rule.above.alarm || x < rule.below.alarm ? past.alarms + 1 : 0;
  const bool warns = past.alarms > 0 || x > rule.above.warning || x < rule.below.warning;
  past.warnings = warns ? past.warnings + 1 : 0;
  HealthLevel level = HealthLevel::Good;
  if (past.warnings >= rule.looks) level = HealthLevel::Warning;
  if (past.alarms >= rule.looks) level = HealthLevel::Alarm;
  if (level > past.level) {
    findings.push_back({.level = level,
                        .signal = rule.signal,
                        .subject = measured.subject,
                        .evidence = fmt::format(fmt::runtime(rule.meaning), rounded_text(x)),
                        .since = past.since,
                        .advice = rule.advice});
  }
  past.level = level;
}

}  // namespace agon
