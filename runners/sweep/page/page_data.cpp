#include "runners/sweep/page/page_data.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "engine/base/text.h"
#include "runners/terminal/console.h"

namespace agon {

namespace {

using Json = nlohmann::ordered_json;

/// An objective whose largest value is so many times its smallest one is shown by its logarithm.
constexpr double kWideRange = 100;

Json number(std::optional<double> value) {
  return value && std::isfinite(*value) ? Json(*value) : Json();
}

Json axis_of(const Varied& varied) {
  const Dimension& dimension = varied.dimension;
  Json axis = {{"path", printable_lines(dimension.name)}};
  if (dimension.kind == Dimension::Kind::Choice) {
    axis["scale"] = "choices";
    axis["labels"] = Json::array();
    for (const auto& together : varied.choices)
      axis["labels"].push_back(printable_lines(joined(together)));
    return axis;
  }
  axis["scale"] = dimension.log ? "log" : "lin";
  axis["low"] = number(dimension.low);
  axis["high"] = number(dimension.high);
  axis["whole"] = dimension.kind == Dimension::Kind::Integer;
  return axis;
}

Json axis_of(const Objective& objective, std::size_t i, const std::vector<SettingResult>& results) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const SettingResult& result : results) {
    const auto mean = result.means[i];
    if (!mean || !std::isfinite(*mean)) continue;
    low = std::min(low, *mean);
    high = std::max(high, *mean);
  }
  if (low > high) low = 0, high = 1;  // nothing was found yet
  return {{"path", printable_lines(objective.measure)},
          {"scale", low > 0 && high >= kWideRange * low ? "log" : "lin"},
          {"low", low},
          {"high", high},
          {"whole", false},
          {"maximize", objective.maximize}};
}

Json row_of(const SettingResult& result) {
  Json row = {{"setting", result.number}, {"values", Json::array()},
              {"means", Json::array()},   {"spreads", Json::array()},
              {"state", nullptr},         {"whole", result.is_whole()},
              {"steps", result.steps},    {"seconds", number(result.seconds)}};
  for (const auto& value : result.point) row["values"].push_back(number(value));
  for (const auto& mean : result.means) row["means"].push_back(number(mean));
  for (const auto& spread : result.spreads)
    row["spreads"].push_back(result.trials.size() > 1 ? number(spread) : Json());
  row["state"] = to_text(result.state());
  row["run"] = result.trials.empty() ? "" : printable_lines(run_name(result.trials.front().run));
  const auto said = std::ranges::find_if(result.trials,
                                         [](const Trial& trial) { return !trial.message.empty(); });
  row["message"] = said == result.trials.end() ? "" : printable_lines(said->message);
  return row;
}

/// Positions of all settings: the ranked ones, the whole ones that others beat, the others; each
/// by the first objective where there is one.
std::vector<std::size_t> best_first(const SweepFile& sweep,
                                    const std::vector<SettingResult>& results,
                                    std::vector<std::size_t> order) {
  const auto place = [&](std::size_t i) {
    const Tried seen = tried(sweep, results[i]);
    const bool none = seen.values.empty() || !std::isfinite(seen.values[0]);
    return std::pair(!results[i].is_whole(),
                     none ? std::numeric_limits<double>::infinity() : seen.values[0]);
  };
  std::vector<bool> placed(results.size());
  for (const std::size_t i : order) placed[i] = true;
  const auto rest = std::ssize(order);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!placed[i]) order.push_back(i);
  }
  std::stable_sort(order.begin() + rest, order.end(),
                   [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
  return order;
}

Json importance_of(const SweepFile& sweep, const std::vector<SettingResult>& results) {
  Json all = Json::array();
  for (const std::vector<double>& of_objective : importances_of(sweep, results)) {
    Json shares = Json::array();
    for (const double share : of_objective) shares.push_back(number(share));
    all.push_back(std::move(shares));
  }
  return all;
}

}  // namespace

std::string run_name(const std::string& directory) {
  const std::filesystem::path path(directory);
  return (path.parent_path().filename() / path.filename()).string();
}

Json page_data(const SweepFile& sweep, const std::vector<SettingResult>& results) {
  Json data = {{"name", printable_lines(sweep.name)},
               {"axes", Json::array()},
               {"objectives", Json::array()},
               {"rows", Json::array()},
               {"front", Json::array()},
               {"importance", importance_of(sweep, results)}};
  for (const Varied& varied : sweep.over) data["axes"].push_back(axis_of(varied));
  for (std::size_t i = 0; i < sweep.best.size(); ++i)
    data["objectives"].push_back(axis_of(sweep.best[i], i, results));
  std::vector<std::size_t> front = ranked(sweep, results);
  for (const std::size_t i : best_first(sweep, results, front))
    data["rows"].push_back(row_of(results[i]));
  if (sweep.best.size() == 1 && front.size() > 1) front.resize(1);
  for (const std::size_t i : front) data["front"].push_back(results[i].number);
  return data;
}

}  // namespace agon
