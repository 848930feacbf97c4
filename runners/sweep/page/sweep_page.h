#pragma once
#include <string>
#include <vector>

#include "runners/sweep/results.h"
#include "runners/sweep/sweep_file.h"

namespace agon {

/// The results of a sweep as one HTML page that needs nothing beside it: pictures are in it, and it
/// asks no server for anything. It shows a table of settings, parallel coordinates (Inselberg,
/// "The plane with parallel coordinates", 1985), a slice by each varied path, the importance of
/// each path, the front of two objectives, and the last samples of the best settings' runs.
std::string sweep_page(const SweepFile& sweep, const std::vector<SettingResult>& results);

}  // namespace agon
