#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "graphs/experiment/experiment.h"
#include "runners/runs/machine.h"
#include "runners/runs/run_directory.h"

namespace agon {

/// The lock.json of a run. Throws Error (NoInput, Data).
nlohmann::ordered_json read_lock(const RunDirectory& run);

/// A run's experiment as it was, with what lengthened it since, and with settings of the user's on
/// top; and what it was computed with.
struct OpenedRun {
  RunDirectory directory;
  Experiment experiment;
  Means means = 1;
};
OpenedRun open_run(const RunDirectory& directory, const std::vector<std::string>& set);

/// How far a run came; for lists.
struct RunState {
  std::string name;   // mlp/0001
  std::string state;  // running, complete, stopped
  std::int64_t step = 0;
  std::int64_t steps = 0;
  std::string started;
  std::string config_hash;
  std::string last_metrics;  // the last line of metrics.jsonl
};
/// Nothing where the directory holds no readable lock.
std::optional<RunState> run_state(const RunDirectory& run);

}  // namespace agon
