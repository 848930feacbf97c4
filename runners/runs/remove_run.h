#pragma once
#include "runners/runs/run_directory.h"

namespace agon {

/// Removes a run with everything in it, and the folder of its name when that was the last. Throws
/// Error(CantCreate) while the run goes on, Error(Io) when something stays.
void remove_run(const RunDirectory& run);

}  // namespace agon
