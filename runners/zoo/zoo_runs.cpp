#include "runners/zoo/zoo_runs.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "engine/base/error.h"
#include "engine/runtime/checkpoint.h"
#include "graphs/document/reader.h"
#include "runners/runs/json_lines.h"
#include "runners/runs/opened_run.h"
#include "runners/runs/own_process.h"
#include "runners/runs/series.h"
#include "runners/terminal/console.h"

namespace agon {

namespace {

using Json = nlohmann::ordered_json;

Json numbers_with(const Json& line, const std::string& prefix) {
  Json found = Json::object();
  for (const auto& [name, value] : line.items()) {
    if (name.starts_with(prefix) && value.is_number()) found[name.substr(prefix.size())] = value;
  }
  return found;
}

Json last_measures(const std::vector<Json>& metrics) {
  for (auto line = metrics.rbegin(); line != metrics.rend(); ++line) {
    Json evaluated = numbers_with(*line, "evaluate.");
    if (!evaluated.empty()) return evaluated;
  }
  return metrics.empty() ? Json::object() : numbers_with(metrics.back(), "losses.");
}

/// Runs of the experiment, the newest first.
std::vector<std::pair<RunDirectory, RunState>> runs_of(const std::string& runs,
                                                       const Experiment& experiment) {
  std::vector<std::pair<RunDirectory, RunState>> found;
  for (const RunDirectory& run : all_runs(runs)) {
    const auto state = run_state(run);
    if (state && state->config_hash == experiment.hash) found.emplace(found.begin(), run, *state);
  }
  return found;
}

constexpr const char* kLimit = "limit_minutes";

/// What a run's timing.jsonl says of it.
struct Pace {
  double minutes = 0;
  bool stopped_at_limit = false;
};
Pace pace_of(const RunDirectory& run) {
  Pace pace;
  for (const Json& line : json_lines(run.timing())) {
    const auto seconds = line.find("seconds");
    if (seconds != line.end() && seconds->is_number()) pace.minutes = seconds->get<double>() / 60;
    if (line.contains(kLimit)) pace.stopped_at_limit = true;
  }
  return pace;
}

}  // namespace

std::vector<std::string> zoo_configs(const std::string& folder, const std::string& skip) {
  namespace fs = std::filesystem;
  if (!fs::is_directory(folder))
    throw Error(ExitCode::NoInput, fmt::format("no folder '{}'", shown(folder)));
  std::vector<std::string> configs;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const fs::path below = entry.path().lexically_relative(folder);
    if (entry.path().extension() != ".yaml" || below.begin()->string() == skip) continue;
    const Yaml document = read_yaml_file(entry.path().string());
    if (document.find("agon") != nullptr && document.find("sweep") == nullptr)
      configs.push_back(entry.path().string());
  }
  std::sort(configs.begin(), configs.end());
  return configs;
}

std::optional<FinishedRun> finished_run(const std::string& runs, const Experiment& experiment) {
  for (const auto& [run, state] : runs_of(runs, experiment)) {
    const Pace pace = pace_of(run);
    if (state.state == "complete" || (state.state == "stopped" && pace.stopped_at_limit))
      return FinishedRun{run, state.step, pace.minutes, last_measures(json_lines(run.metrics()))};
  }
  return std::nullopt;
}

std::optional<UnfinishedRun> unfinished_run(const std::string& runs, const Experiment& experiment) {
  for (const auto& [run, state] : runs_of(runs, experiment)) {
    if (state.state == "stopped" && newest_checkpoint(run.checkpoints()).checkpoint)
      return UnfinishedRun{run, pace_of(run).minutes};
  }
  return std::nullopt;
}

Trained train_in_process(const std::vector<std::string>& words, double minutes) {
  const pid_t child = start_own_process(words, {});
  const auto limit = std::chrono::steady_clock::now() + std::chrono::duration<double>(minutes * 60);
  bool asked = false;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (!asked && std::chrono::steady_clock::now() >= limit) {
      kill(child, SIGTERM);
      asked = true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  if (!WIFEXITED(status)) return Trained::Failed;
  switch (static_cast<ExitCode>(WEXITSTATUS(status))) {
    case ExitCode::Ok:
      return Trained::Complete;
    case ExitCode::Stopped:
      return asked ? Trained::StoppedAtLimit : Trained::Interrupted;
    default:
      return Trained::Failed;
  }
}

void mark_stopped_at_limit(const std::string& runs, const Experiment& experiment, double minutes) {
  const auto found = runs_of(runs, experiment);
  if (found.empty()) return;
  LineFile(found.front().first.timing()).write(fmt::format("{{\"{}\": {}}}", kLimit, minutes));
}

}  // namespace agon
