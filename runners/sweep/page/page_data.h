#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runners/sweep/results.h"
#include "runners/sweep/sweep_file.h"

namespace agon {

/// What the page shows, as its script reads it; numbers that are not finite are null:
///   name
///   axes        one for each thing varied: path; scale "lin" or "log" with low, high and whole
///               (numbers without fraction), or "choices" with labels
///   objectives  axes too, over what was found, with maximize
///   rows        one for each setting, best first: setting (its number), values (by axis; a
///               choice's index, null where not active), means and spreads (by objective; a
///               spread is null with one repeat), state, whole (trained to its end), steps,
///               seconds, run (of the first repeat), message (the first there is)
///   front       numbers of the settings that no other beats; of one objective the best
///   importance  by objective the share of each axis, from the settings that are whole
nlohmann::ordered_json page_data(const SweepFile& sweep, const std::vector<SettingResult>& results);

/// "line/0001" of a run's directory.
std::string run_name(const std::string& directory);

}  // namespace agon
