#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "engine/runtime/checkpoint.h"
#include "graphs/experiment/experiment.h"
#include "runners/runs/run_directory.h"
#include "runners/terminal/console.h"

namespace agon {

/// Saves the state after `step` steps and then removes all but the newest `keep` checkpoints.
/// Returns the new one's folder. Throws Error(Io); what was there before stays.
std::string save_state(const RunDirectory& run, const Experiment& experiment,
                       const Variables& variables, std::int64_t step, std::int64_t keep);

/// Restores the checkpoint of `step`, or the newest good one, and returns its step. Says which
/// newer ones were passed over. Variables named in `optional` need not have been saved. Throws
/// Error (NoInput, Data).
std::int64_t restore_state(const RunDirectory& run, std::optional<std::int64_t> step,
                           Variables& variables, const std::set<std::string>& optional,
                           Console& console);

/// Throws Error(CantCreate) if the disk below `folder` has less than `bytes` left.
void check_space(const std::string& folder, std::size_t bytes);

}  // namespace agon
