#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "engine/runtime/checkpoint.h"
#include "graphs/experiment/experiment.h"
#include "runners/runs/run_directory.h"
#include "runners/runs/series.h"
#include "runners/terminal/console.h"

namespace agon {

/// Saves the state after `step` steps, with the losses as they were last computed, and then removes
/// all but the newest `keep` checkpoints. Returns the new one's folder. Throws Error(Io) with what
/// the disk has left; what was there before stays.
std::string save_state(const RunDirectory& run, const Experiment& experiment,
                       const Variables& variables, const Measures& losses, std::int64_t step,
                       std::int64_t keep);

/// The losses that were saved with a state.
Measures saved_losses(const Checkpoint& state);

/// `step` if it has a checkpoint, or that of the newest good one; says which newer ones were passed
/// over. Throws Error (NoInput).
std::int64_t saved_step(const RunDirectory& run, std::optional<std::int64_t> step,
                        Console& console);

/// The checkpoint that saved_step names.
Checkpoint saved_state(const RunDirectory& run, std::optional<std::int64_t> step, Console& console);

/// Restores the checkpoint of `step`. Variables named in `optional` need not have been saved; those
/// that were not are returned. Throws Error (NoInput, Data).
std::set<std::string> restore_state(const RunDirectory& run, std::int64_t step,
                                    Variables& variables, const std::set<std::string>& optional);

/// Throws Error(CantCreate) if the disk below `folder` has less than `bytes` left.
void check_space(const std::string& folder, std::size_t bytes);

}  // namespace agon
