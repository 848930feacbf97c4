#pragma once
#include <functional>
#include <string>

#include "runners/reproduce/verdict.h"
#include "runners/runs/opened_run.h"

namespace agon {

/// Where two runs part.
struct Parting {
  Verdict verdict;               // of what both have left
  std::int64_t compared_to = 0;  // the last step that both have reached
  std::string instruction;  // the first one that gives other bits, of a rerun of both; or empty
  bool same_here = false;   // rerun here, both come to the same bits
};

/// Compares all that two runs have left of the steps both did. Where they differ, both are trained
/// again, in memory, from a checkpoint before the difference, to find its very step, variable and
/// instruction. Throws Error.
Parting where_they_part(const OpenedRun& one, const OpenedRun& other,
                        const std::function<bool()>& stop);

}  // namespace agon
