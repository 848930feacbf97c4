#include "runners/sweep/stop_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/text.h"

namespace agon {

bool is_promoted(double value, const std::vector<Judgement>& others, double factor) {
  const auto better =
      std::ranges::count_if(others, [&](const Judgement& other) { return other.value < value; });
  const double places = std::floor((static_cast<double>(others.size()) + 1) / factor);
  return static_cast<double>(better) < std::max(1.0, places);
}

bool is_no_worse_than_median(double value, const std::vector<Judgement>& others,
                             std::int64_t startup) {
  if (std::ssize(others) < startup) return true;
  std::vector<double> values;
  for (const Judgement& other : others) values.push_back(other.value);
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return value <= median;
}

/// The rung that a row of this step comes to, if it is a new one: rows need not fall on rungs.
std::optional<std::int64_t> StopRules::rung_at(std::int64_t step) {
  if (rules_.rule == StopEarly::Rule::None || step < rules_.from) return std::nullopt;
  std::int64_t rung = rules_.from;
  if (rules_.rule == StopEarly::Rule::Asha) {
    for (double next = static_cast<double>(rung); next <= static_cast<double>(step);
         next *= rules_.factor)
      rung = static_cast<std::int64_t>(next);
  } else {
    rung += (step - rules_.from) / rules_.every * rules_.every;
  }
  if (rung <= last_rung_) return std::nullopt;
  last_rung_ = rung;
  return rung;
}

bool StopRules::is_good(double value, const std::vector<Judgement>& others) const {
  return rules_.rule == StopEarly::Rule::Asha
             ? is_promoted(value, others, rules_.factor)
             : is_no_worse_than_median(value, others, rules_.startup);
}

std::optional<std::string> StopRules::verdict(std::int64_t step, const Measures& row) {
  const auto it = std::ranges::find(row, rules_.watch, &Measures::value_type::first);
  if (it == row.end()) return std::nullopt;
  const auto rung = rung_at(step);
  if (!rung) return std::nullopt;
  // what is no number is worse than any
  const double value = std::isnan(it->second) ? INFINITY
                       : rules_.maximize      ? -it->second
                                              : it->second;
  const Judgement made =
      store_.judge(key_, *rung, value, [&](const auto& others) { return is_good(value, others); });
  if (made.goes_on) return std::nullopt;
  return fmt::format("{} at step {}: {} {} is not good enough",
                     rules_.rule == StopEarly::Rule::Asha ? "asha" : "median", step, rules_.watch,
                     number_text(it->second));
}

}  // namespace agon
