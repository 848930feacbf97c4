#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/runtime/checkpoint.h"
#include "runners/runs/opened_run.h"
#include "runners/terminal/console.h"

namespace agon {

/// A run to go on with. While it lives, no other process works in the run's directory.
struct ResumedRun {
  std::unique_ptr<RunLock> held;
  OpenedRun opened;              // with the settings that lengthen it
  std::vector<std::string> set;  // those of this time
  /// The newest of its own, or what it began from; nothing where it begins again.
  std::optional<Checkpoint> state;

  std::int64_t step() const { return state ? state->step() : 0; }
};

/// Holds and reads a run, and finds its newest good checkpoint; newer ones that cannot be read are
/// told of. `set` may lengthen the training (train.steps, train.epochs) and nothing else. Throws
/// Error (CantCreate where another process holds it, Config for other settings or a file that was
/// edited, each with what differs; NoInput, Data).
ResumedRun resumed_run(const RunDirectory& directory, const std::vector<std::string>& set,
                       Console& console);

/// The checkpoint of another run that this one began from; nothing where it began by itself. Throws
/// Error(NoInput) where it is gone.
std::optional<Checkpoint> beginning_of(const OpenedRun& run);

/// Removes what writing into the run left behind when it was killed: temporary files and folders.
/// Returns how many. The run must be held.
int remove_leftovers(const RunDirectory& run);

}  // namespace agon
