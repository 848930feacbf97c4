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

/// `step` if it has a checkpoint, or that of the newest good one; says which newer ones were passed
/// over. Throws Error (NoInput).
std::int64_t saved_step(const RunDirectory& run, std::optional<std::int64_t> step,
                        Console& console);

/// Restores the checkpoint of `step`. Variables named in `optional` need not have been saved; those
/// that were not are returned. Throws Error (NoInput, Data).
std::set<std::string> restore_state(const RunDirectory& run, std::int64_t step,
                                    Variables& variables, const std::set<std::string>& optional);

/// Throws Error(CantCreate) if the disk below `folder` has less than `bytes` left.
void check_space(const std::string& folder, std::size_t bytes);

}  // namespace agon
