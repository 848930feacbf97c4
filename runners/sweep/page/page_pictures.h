#pragma once
#include <string>
#include <vector>

#include "runners/sweep/results.h"
#include "runners/sweep/sweep_file.h"

namespace agon {

/// The last samples of the best settings' first repeats as HTML figures, each with what the setting
/// is; pictures that are missing, no PNG or large are passed over. "" where there is none.
std::string page_pictures(const SweepFile& sweep, const std::vector<SettingResult>& results);

}  // namespace agon
