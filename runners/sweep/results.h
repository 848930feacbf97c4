#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runners/sweep/search/search.h"
#include "runners/sweep/store.h"
#include "runners/sweep/sweep_file.h"

namespace agon {

/// What became of a setting, over its repeats.
struct SettingResult {
  std::int64_t number = 0;
  Point point;
  std::vector<Trial> trials;
  /// Of each objective the mean over repeats, and their standard deviation; nothing unless every
  /// repeat has the number.
  std::vector<std::optional<double>> means, spreads;
  std::int64_t steps = 0;  // of all repeats
  double seconds = 0;

  /// The worst of what became of its trials; while one of them goes on or waits, that.
  Trial::State state() const;
  bool is_final() const;
  /// Every repeat trained to its end, with every objective.
  bool is_whole() const;
};

std::vector<SettingResult> results_of(const SweepFile& sweep, SweepStore& store);

/// As a search sees it: objectives that are to be large with the sign turned, no values where one
/// is missing or not finite.
Tried tried(const SweepFile& sweep, const SettingResult& result);

/// Positions of the best whole settings: the front that no other beats, in order of the first
/// objective. With one objective the best first and all the others after it.
std::vector<std::size_t> ranked(const SweepFile& sweep, const std::vector<SettingResult>& results);

/// For each objective how much each varied path says about it, in shares; of whole settings alone,
/// as the objectives of stopped ones are of other steps.
std::vector<std::vector<double>> importances_of(const SweepFile& sweep,
                                                const std::vector<SettingResult>& results);
/// "importance for losses.l: lr 80 %, width 20 %", a line for each objective of which there is
/// something to be said.
std::string importance_text(const SweepFile& sweep, const std::vector<SettingResult>& results);

/// "beta=2.5, latent=8".
std::string point_text(const SweepFile& sweep, const Point& point);
/// "12.3 ± 0.4", "-".
std::string value_text(const SettingResult& result, std::size_t objective);

/// A row for each setting of `which`.
std::string results_table(const SweepFile& sweep, const std::vector<SettingResult>& results,
                          const std::vector<std::size_t>& which);
/// One object for each setting, in order.
nlohmann::ordered_json results_json(const SweepFile& sweep,
                                    const std::vector<SettingResult>& results);
/// One line for each trial, with a heading.
std::string results_csv(const SweepFile& sweep, const std::vector<SettingResult>& results);

}  // namespace agon
