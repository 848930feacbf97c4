#pragma once
#include <optional>
#include <string>

#include "engine/base/error.h"
#include "runners/sweep/results.h"
#include "runners/sweep/sweep_folder.h"
#include "runners/terminal/console.h"

namespace agon {

struct SweepOptions {
  std::string runs = "runs";
  std::optional<std::int64_t> jobs;  // trials at once, instead of the file's
  std::int64_t add = 0;              // settings beyond those asked for so far
  bool retry_failed = false;
  bool reuse = false;  // whole runs of the same experiment are not trained again
};

/// Begins a sweep, or goes on with one that was stopped or killed, to its end. Ok when every
/// setting has been tried; Stopped on SIGINT or SIGTERM, with every worker stopped at a checkpoint.
/// Throws ConfigError; Error(CantCreate) where another process runs the sweep; Error(Config) where
/// its file was edited since it began.
ExitCode run_sweep(const SweepFile& sweep, const SweepOptions& options, Console& console);

/// Asks the process that runs the sweep to stop. Throws Error(NoInput) where none does.
void stop_sweep(const SweepFolder& folder);

}  // namespace agon
