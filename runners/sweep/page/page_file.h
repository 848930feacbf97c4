#pragma once
#include <string>
#include <vector>

#include "runners/sweep/results.h"
#include "runners/sweep/sweep_file.h"

namespace agon {

/// Writes the page of a sweep; whoever opens the file meanwhile sees the old one or the new one.
/// Throws Error(Io).
void write_sweep_page(const std::string& path, const SweepFile& sweep,
                      const std::vector<SettingResult>& results);

}  // namespace agon
