#include "runners/sweep/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "runners/sweep/search/importance.h"
#include "runners/terminal/text.h"

namespace agon {

namespace {

using Json = nlohmann::ordered_json;

/// With fewer settings another seed of the forest moves shares by tenths.
constexpr std::ptrdiff_t kFewForImportance = 30;

const double* measure_of(const Trial& trial, const std::string& name) {
  const auto it = std::ranges::find(trial.measures, name, &Measures::value_type::first);
  return it == trial.measures.end() ? nullptr : &it->second;
}

void summarise(const SweepFile& sweep, SettingResult& result) {
  for (const Trial& trial : result.trials) {
    result.steps += trial.steps;
    if (const double* seconds = measure_of(trial, "seconds")) result.seconds += *seconds;
  }
  const auto count = static_cast<double>(result.trials.size());
  for (const Objective& objective : sweep.best) {
    std::vector<double> values;
    for (const Trial& trial : result.trials) {
      const double* value = trial.is_final() && trial.state != Trial::State::Failed
                                ? measure_of(trial, objective.measure)
                                : nullptr;
      if (value != nullptr && std::isfinite(*value)) values.push_back(*value);
    }
    if (values.size() < result.trials.size()) {
      result.means.emplace_back();
      result.spreads.emplace_back();
      continue;
    }
    double sum = 0, squares = 0;
    for (const double value : values) sum += value;
    for (const double value : values) squares += (value - sum / count) * (value - sum / count);
    result.means.emplace_back(sum / count);
    result.spreads.emplace_back(count > 1 ? std::sqrt(squares / (count - 1)) : 0);
  }
}

/// "running 1 of 3", "done", "failed".
std::string state_text(const SettingResult& result) {
  std::string state = to_text(result.state());
  if (result.is_final() || result.trials.size() == 1) return state;
  const auto ended = std::ranges::count_if(result.trials, &Trial::is_final);
  return fmt::format("{}, {} of {} done", state, ended, result.trials.size());
}

/// A field of a CSV line (RFC 4180).
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::vector<std::string> all;
  for (const std::string& text : fields) all.push_back(field(text));
  return joined(all, ",") + "\n";
}

/// The values of a point, a path each: "" where it is not active.
std::vector<std::string> values_of(const SweepFile& sweep, const Point& point) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < sweep.over.size(); ++i) {
    const Varied& varied = sweep.over[i];
    if (!point[i]) {
      values.insert(values.end(), varied.paths.size(), "");
      continue;
    }
    for (const std::string& setting : varied.settings(*point[i]))
      values.push_back(setting.substr(setting.find('=') + 1));
  }
  return values;
}

std::vector<std::string> paths_of(const SweepFile& sweep) {
  std::vector<std::string> paths;
  for (const Varied& varied : sweep.over)
    paths.insert(paths.end(), varied.paths.begin(), varied.paths.end());
  return paths;
}

}  // namespace

Trial::State SettingResult::state() const {
  for (const auto state : {Trial::State::Running, Trial::State::Waiting, Trial::State::Failed,
                           Trial::State::Stopped}) {
    if (std::ranges::find(trials, state, &Trial::state) != trials.end()) return state;
  }
  return Trial::State::Done;
}

bool SettingResult::is_final() const {
  return std::ranges::all_of(trials, [](const Trial& trial) { return trial.is_final(); });
}

bool SettingResult::is_whole() const {
  return std::ranges::all_of(trials,
                             [](const Trial& t) { return t.state == Trial::State::Done; }) &&
         std::ranges::all_of(means, [](const auto& mean) { return mean.has_value(); });
}

std::vector<SettingResult> results_of(const SweepFile& sweep, SweepStore& store) {
  std::vector<SettingResult> results;
  for (Point& point : store.settings()) {
    SettingResult result;
    result.number = std::ssize(results);
    result.point = std::move(point);
    results.push_back(std::move(result));
  }
  for (Trial& trial : store.trials())
    results.at(static_cast<std::size_t>(trial.key.setting)).trials.push_back(std::move(trial));
  for (SettingResult& result : results) summarise(sweep, result);
  return results;
}

Tried tried(const SweepFile& sweep, const SettingResult& result) {
  Tried seen{.point = result.point, .values = {}};
  for (std::size_t i = 0; i < sweep.best.size(); ++i) {
    if (!result.means[i]) return {.point = result.point, .values = {}};
    seen.values.push_back(sweep.best[i].maximize ? -*result.means[i] : *result.means[i]);
  }
  return seen;
}

std::vector<std::size_t> ranked(const SweepFile& sweep, const std::vector<SettingResult>& results) {
  std::vector<Tried> whole;
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results[i].is_whole()) continue;
    whole.push_back(tried(sweep, results[i]));
    positions.push_back(i);
  }
  std::vector<std::size_t> chosen;
  if (sweep.best.size() > 1) {
    chosen = pareto_front(whole);
  } else {
    for (std::size_t i = 0; i < whole.size(); ++i) chosen.push_back(i);
  }
  std::ranges::stable_sort(chosen, {}, [&](std::size_t i) { return whole[i].values[0]; });
  for (std::size_t& i : chosen) i = positions[i];
  return chosen;
}

std::vector<std::vector<double>> importances_of(const SweepFile& sweep,
                                                const std::vector<SettingResult>& results) {
  std::vector<Tried> whole;
  for (const SettingResult& result : results) {
    if (result.is_whole()) whole.push_back(tried(sweep, result));
  }
  const Space space = sweep.space();
  std::vector<std::vector<double>> all;
  for (std::size_t i = 0; i < sweep.best.size(); ++i)
    all.push_back(importances(space, whole, i, sweep.seed));
  return all;
}

std::string importance_text(const SweepFile& sweep, const std::vector<SettingResult>& results) {
  std::vector<std::string> lines;
  const auto all = importances_of(sweep, results);
  const bool is_rough =
      std::ranges::count_if(results, &SettingResult::is_whole) < kFewForImportance;
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<std::size_t> order(sweep.over.size());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
    std::ranges::stable_sort(order, std::greater(), [&](std::size_t k) { return all[i][k]; });
    if (!(all[i][order[0]] > 0)) continue;
    std::vector<std::string> parts;
    for (const std::size_t k : order)
      parts.push_back(fmt::format("{} {:.0f} %", sweep.over[k].dimension.name, 100 * all[i][k]));
    lines.push_back(fmt::format("importance for {}: {}{}", sweep.best[i].measure, joined(parts),
                                is_rough ? "; rough, of so few settings" : ""));
  }
  return joined(lines, "\n");
}

std::string point_text(const SweepFile& sweep, const Point& point) {
  std::vector<std::string> settings;
  for (std::size_t i = 0; i < sweep.over.size(); ++i) {
    if (!point[i]) continue;
    for (std::string& setting : sweep.over[i].settings(*point[i]))
      settings.push_back(std::move(setting));
  }
  return joined(settings);
}

std::string value_text(const SettingResult& result, std::size_t objective) {
  if (!result.means[objective]) return "-";
  const std::string mean = fmt::format("{:.4g}", *result.means[objective]);
  return result.trials.size() == 1 ? mean
                                   : fmt::format("{} ± {:.2g}", mean, *result.spreads[objective]);
}

std::string results_table(const SweepFile& sweep, const std::vector<SettingResult>& results,
                          const std::vector<std::size_t>& which) {
  std::vector<std::string> heading = {"setting"};
  for (const std::string& path : paths_of(sweep)) heading.push_back(path);
  for (const Objective& objective : sweep.best) heading.push_back(objective.measure);
  heading.insert(heading.end(), {"steps", "seconds", "state"});
  std::vector<std::vector<std::string>> rows = {heading};
  for (const std::size_t i : which) {
    const SettingResult& result = results[i];
    std::vector<std::string> row = {std::to_string(result.number)};
    for (std::string& value : values_of(sweep, result.point)) row.push_back(std::move(value));
    for (std::size_t j = 0; j < sweep.best.size(); ++j) row.push_back(value_text(result, j));
    row.push_back(thousands_text(result.steps));
    row.push_back(fmt::format("{:.1f}", result.seconds));
    row.push_back(state_text(result));
    rows.push_back(std::move(row));
  }
  return table_text(rows);
}

Json results_json(const SweepFile& sweep, const std::vector<SettingResult>& results) {
  Json all = Json::array();
  for (const SettingResult& result : results) {
    Json entry = {{"setting", result.number}, {"values", Json::object()}};
    const auto paths = paths_of(sweep), values = values_of(sweep, result.point);
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (!values[i].empty()) entry["values"][paths[i]] = values[i];
    }
    for (std::size_t i = 0; i < sweep.best.size(); ++i) {
      if (!result.means[i]) continue;
      entry["best"][sweep.best[i].measure] = {{"mean", *result.means[i]},
                                              {"spread", *result.spreads[i]}};
    }
    entry["trials"] = Json::array();
    for (const Trial& trial : result.trials) {
      Json measures = Json::object();
      for (const auto& [name, value] : trial.measures)
        measures[name] = std::isfinite(value) ? Json(value) : Json();
      entry["trials"].push_back({{"repeat", trial.key.repeat},
                                 {"id", trial.id},
                                 {"state", to_text(trial.state)},
                                 {"run", trial.run},
                                 {"set", trial.set},
                                 {"message", trial.message},
                                 {"steps", trial.steps},
                                 {"measures", std::move(measures)}});
    }
    all.push_back(std::move(entry));
  }
  return all;
}

std::string results_csv(const SweepFile& sweep, const std::vector<SettingResult>& results) {
  std::vector<std::string> heading = {"setting", "repeat", "state"};
  for (const std::string& path : paths_of(sweep)) heading.push_back(path);
  for (const Objective& objective : sweep.best) heading.push_back(objective.measure);
  heading.insert(heading.end(), {"steps", "run", "message"});
  std::string text = csv_line(heading);
  for (const SettingResult& result : results) {
    for (const Trial& trial : result.trials) {
      std::vector<std::string> line = {std::to_string(result.number),
                                       std::to_string(trial.key.repeat), to_text(trial.state)};
      for (std::string& value : values_of(sweep, result.point)) line.push_back(std::move(value));
      for (const Objective& objective : sweep.best) {
        const double* value = measure_of(trial, objective.measure);
        line.push_back(value == nullptr ? "" : number_text(*value));
      }
      line.insert(line.end(), {std::to_string(trial.steps), trial.run, trial.message});
      text += csv_line(line);
    }
  }
  return text;
}

}  // namespace agon
