#pragma once
#include <string>
#include <vector>

#include "runners/zoo/zoo_runs.h"

namespace agon {

/// A config and what its runs came to, a finished run a seed.
struct ZooEntry {
  std::string config;  // below the folder, without .yaml: gan/lsgan
  std::string paper, set;
  std::int64_t steps = 0;
  bool failed = false;  // now, for some seed
  std::vector<FinishedRun> runs;
};

/// "0.52 ± 0.03" of values over seeds: mean and deviation (n - 1); of one value, the value.
std::string spread_text(const std::vector<double>& values);

/// The page as Markdown, and the sample grids of each config's first run copied beside it, into a
/// folder named like the page. The same runs give the same page. Throws Error(Io, CantCreate).
void write_zoo_page(const std::string& path, const std::string& command,
                    const std::vector<ZooEntry>& entries);

}  // namespace agon
