#pragma once
#include <string>

#include "runners/runs/run_directory.h"
#include "runners/sweep/store.h"
#include "runners/sweep/sweep_file.h"

namespace agon {

/// Where a sweep keeps what it knows: <runs>/<name>.sweep. Its trials' runs stand beside other
/// runs.
struct SweepFolder {
  std::string path;

  std::string state() const { return path + "/sweep.sqlite"; }
  /// Of one trial: what its workers printed, and the lock that a worker holds while it lives.
  RunDirectory trial(const TrialKey& key) const;
  std::string output(const TrialKey& key) const { return trial(key).path + "/output.txt"; }
};

/// The sweep as its file said when it began, whatever became of the file. Throws Error(Data) where
/// it never began.
SweepFile kept_sweep(SweepStore& store);

SweepFolder sweep_folder(const std::string& runs, const std::string& name);

/// Facts of a sweep in its store.
namespace fact {
inline constexpr const char* kFile = "file";        // absolute path of the sweep file
inline constexpr const char* kText = "text";        // its content when the sweep began
inline constexpr const char* kRuns = "runs";        // absolute path of the folder of all runs
inline constexpr const char* kTrials = "trials";    // settings asked for, where --add changed that
inline constexpr const char* kJobs = "jobs";        // settings whose results are not waited for
inline constexpr const char* kReuse = "reuse";      // "1": runs of other sweeps count
inline constexpr const char* kSeconds = "seconds";  // spent by earlier processes
}  // namespace fact

}  // namespace agon
