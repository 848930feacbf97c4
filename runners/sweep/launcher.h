#pragma once
#include <memory>
#include <vector>

#include "runners/sweep/sweep_folder.h"

namespace agon {

/// Starts workers and tells which have ended. A cluster's scheduler would be another one.
class Launcher {
 public:
  virtual ~Launcher() = default;

  /// Starts a worker (run_trial) on a trial. Throws Error(Unavailable).
  virtual void start(const TrialKey& key) = 0;
  /// Trials whose workers ended since the last call, however they did; waits a little where none
  /// has.
  virtual std::vector<TrialKey> ended() = 0;
  /// Workers that were started and have not ended.
  virtual std::size_t running() const = 0;
  /// Asks all workers to stop after the step they are in.
  virtual void stop_all() = 0;
};

/// Workers are processes of this program on this machine.
std::unique_ptr<Launcher> process_launcher(const SweepFolder& folder);

}  // namespace agon
