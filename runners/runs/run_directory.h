#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace agon {

/// The directory of one run, <runs>/<name>/<number>, and the names of what lies in it.
struct RunDirectory {
  std::string path;

  std::string experiment() const { return path + "/experiment.yaml"; }
  std::string lock() const { return path + "/lock.json"; }
  std::string metrics() const { return path + "/metrics.jsonl"; }
  /// What each value of an evaluation is: networks by hash, counts, seeds. Written once.
  std::string metrics_specification() const { return path + "/metrics-spec.json"; }
  std::string timing() const { return path + "/timing.jsonl"; }
  std::string log() const { return path + "/log.txt"; }
  std::string profile() const { return path + "/profile.json"; }
  std::string samples() const { return path + "/samples"; }
  std::string checkpoints() const { return path + "/checkpoints"; }
  /// samples/step-000500.png, or step-000500-<spec>.png.
  std::string sample(std::int64_t step, const std::string& spec) const;
};

/// Makes <runs>/<name>/<next number>, with `samples` and `checkpoints` in it, so that all of it
/// survives a power cut. Any number of processes may do so at once: each gets a directory of its
/// own. Throws Error (CantCreate, Permission, Io).
RunDirectory create_run(const std::string& runs, const std::string& name);

/// A RUN argument: a directory of a run, `name` (its newest run) or `name/number` under `runs`.
/// Throws Error(NoInput) with the nearest name, Error(Io).
RunDirectory find_run(const std::string& runs, const std::string& argument);

/// Every run under `runs`, by name and number.
std::vector<RunDirectory> all_runs(const std::string& runs);

/// Whether `name` may name a run: 1 to 64 of A-Z a-z 0-9 _ . -, beginning with
/// neither . nor -.
bool is_run_name(const std::string& name);

/// The kernel lock of a run's directory, held while the process works in it and gone with it
/// however it ends.
class RunLock {
 public:
  /// Throws Error(CantCreate) if another process holds it for a second, naming the holder.
  explicit RunLock(const RunDirectory& run);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  static bool is_held(const RunDirectory& run);

 private:
  int descriptor_;
};

}  // namespace agon
