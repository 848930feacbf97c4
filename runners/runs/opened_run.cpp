#include "runners/runs/opened_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "engine/base/error.h"
#include "engine/base/json_bounds.h"
#include "engine/base/text.h"
#include "runners/data/file_bytes.h"
#include "runners/runs/lock.h"
#include "runners/runs/read_with_data.h"
#include "runners/runs/run_state.h"

namespace agon {

namespace {
constexpr std::int64_t kMostLock = std::int64_t{256} << 20;

std::string text_of(const std::string& path) {
  const auto bytes = read_bytes(path, kMostLock);
  return {bytes.begin(), bytes.end()};
}

/// Discarded where the text is no JSON, or more than is read.
nlohmann::ordered_json json_of(const std::string& text) {
  if (!beyond_json_bounds(text, kMostOrderedNames).empty())
    return nlohmann::ordered_json::value_t::discarded;
  return nlohmann::ordered_json::parse(text, nullptr, false);
}

std::string last_line(const std::string& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);) last = line;
  return last;
}

/// Whether `json` has every key of `form`, each with a value of the same kind.
bool has_form(const nlohmann::ordered_json& json, const nlohmann::ordered_json& form) {
  if (!form.is_object())
    return json.type() == form.type() || (json.is_number_integer() && form.is_number_integer());
  return json.is_object() &&
         std::all_of(form.items().begin(), form.items().end(), [&](const auto& item) {
           return json.contains(item.key()) && has_form(json[item.key()], item.value());
         });
}

/// What the run was lengthened by, each time that it went on.
std::vector<std::string> resumed_settings(const nlohmann::ordered_json& lock) {
  std::vector<std::string> settings;
  for (const auto& entry : lock.value("lineage", nlohmann::ordered_json::array())) {
    if (!entry.is_object() || !entry.contains("resumed")) continue;
    const auto set = entry.find("set");
    if (set == entry.end() || !set->is_array()) continue;
    for (const auto& setting : *set) {
      if (setting.is_string()) settings.push_back(setting.get<std::string>());
    }
  }
  return settings;
}

/// The largest n of step-<n> in a folder.
std::int64_t newest_step(const std::string& folder) {
  std::int64_t newest = 0;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("step-")) continue;
    if (const auto step = parse_number(name.substr(5)))
      newest = std::max(newest, static_cast<std::int64_t>(*step));
  }
  return newest;
}
}  // namespace

nlohmann::ordered_json read_lock(const RunDirectory& run) {
  auto lock = json_of(text_of(run.lock()));
  const nlohmann::ordered_json described = {
      {"lock", 1}, {"lanes", 1}, {"steps", 1}, {"started", ""}, {"config", {{"hash", ""}}}};
  if (!has_form(lock, described) || lock["lock"] != 1)
    throw Error(ExitCode::Data, "'" + printable(run.lock()) + "': not a run's lock");
  return lock;
}

OpenedRun open_run(const RunDirectory& directory, const std::vector<std::string>& set) {
  const nlohmann::ordered_json lock = read_lock(directory);
  OpenedRun run;
  run.directory = directory;
  ReadOptions options;
  options.set = resumed_settings(lock);
  options.set.insert(options.set.end(), set.begin(), set.end());
  options.restored = true;
  const std::filesystem::path runs = std::filesystem::path(directory.path) / ".." / "..";
  options.find_state = states_in(runs.lexically_normal().string());
  run.experiment = read_with_data([&](const Inspect& inspect) {
    return read_experiment_text(text_of(directory.experiment()), directory.experiment(),
                                directory.path, options, inspect);
  });
  // paths were made absolute, which is no change of the experiment
  if (set.empty()) run.experiment.hash = lock["config"]["hash"].get<std::string>();
  run.means = means_of(lock);
  return run;
}

std::optional<RunState> run_state(const RunDirectory& run) {
  try {
    const nlohmann::ordered_json lock = read_lock(run);
    const std::filesystem::path path(run.path);
    RunState state;
    state.name = path.parent_path().filename().string() + "/" + path.filename().string();
    state.steps = lock["steps"].get<std::int64_t>();
    state.started = lock["started"].get<std::string>();
    state.config_hash = lock["config"]["hash"].get<std::string>();
    state.last_metrics = last_line(run.metrics());
    const auto metrics = json_of(state.last_metrics);
    if (metrics.is_discarded()) state.last_metrics.clear();
    if (has_form(metrics, {{"step", 1}})) state.step = metrics["step"].get<std::int64_t>();
    state.step = std::max(state.step, newest_step(run.checkpoints()));
    state.state = RunLock::is_held(run)       ? "running"
                  : state.step >= state.steps ? "complete"
                                              : "stopped";
    return state;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace agon
