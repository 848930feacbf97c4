#include "runners/training/resumed_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "graphs/document/differences.h"
#include "graphs/document/reader.h"

namespace agon {

namespace fs = std::filesystem;

namespace {
constexpr std::array<std::string_view, 2> kLengthen = {"train.steps", "train.epochs"};

/// `device`, `networks.<name>.device`, `step.<name>.device`: what computes is no part of what is
/// computed, but for its bits.
bool says_device(std::string_view path) {
  const bool of_part = path.starts_with("networks.") || path.starts_with("step.");
  return path == "device" || (of_part && path.ends_with(".device"));
}

void refuse_other_settings(const RunDirectory& directory, const std::vector<std::string>& set) {
  for (const std::string& setting : set) {
    const std::string path = setting.substr(0, setting.find('='));
    if (std::ranges::find(kLengthen, path) != kLengthen.end() || says_device(path)) continue;
    throw Error(ExitCode::Config,
                fmt::format("--set {}: a run goes on as it began, only longer (train.steps, "
                            "train.epochs) or elsewhere (device); with other values it is another "
                            "run: agon train --from "
                            "{} --set {}",
                            printable(setting), printable(directory.path), printable(setting)));
  }
}

/// The lock holds the text that experiment.yaml began as.
void refuse_edited(const RunDirectory& directory) {
  const std::string began = read_lock(directory)["config"].value("text", std::string());
  const std::vector<std::string> changes =
      differences(read_yaml_text(began, directory.lock()), read_yaml_file(directory.experiment()));
  if (changes.empty()) return;
  throw Error(ExitCode::Config,
              fmt::format("'{}' is not what the run began with: {}; undo that, or begin another "
                          "run: agon train {} --from {}",
                          printable(directory.experiment()), joined(changes, "; "),
                          printable(directory.experiment()), printable(directory.path)));
}
}  // namespace

ResumedRun resumed_run(const RunDirectory& directory, const std::vector<std::string>& set,
                       Console& console) {
  refuse_other_settings(directory, set);
  ResumedRun run;
  run.held = std::make_unique<RunLock>(directory);
  refuse_edited(directory);
  run.opened = open_run(directory, set);
  run.set = set;
  NewestCheckpoint newest = newest_checkpoint(directory.checkpoints());
  for (const std::string& refused : newest.refused) console.complain("warning " + refused);
  run.state = std::move(newest.checkpoint);
  if (!run.state) run.state = beginning_of(run.opened);
  return run;
}

std::optional<Checkpoint> beginning_of(const OpenedRun& run) {
  for (const nlohmann::ordered_json& entry :
       read_lock(run.directory).value("lineage", nlohmann::ordered_json::array())) {
    if (!entry.is_object() || !entry.contains("from")) continue;
    const fs::path folder = fs::path(entry["from"].get<std::string>()) / "checkpoints" /
                            fmt::format("step-{}", entry.value("step", std::int64_t{0}));
    if (!fs::is_directory(folder)) {
      throw Error(ExitCode::NoInput, fmt::format("the run began from '{}', which is gone",
                                                 printable(folder.string())));
    }
    return Checkpoint(folder);
  }
  return std::nullopt;
}

int remove_leftovers(const RunDirectory& run) {
  int removed = 0;
  for (const std::string& folder : {run.path, run.samples(), run.checkpoints()}) {
    std::vector<fs::path> leftovers;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(folder, failure)) {
      if (entry.path().filename().string().find(".tmp-") != std::string::npos)
        leftovers.push_back(entry.path());
    }
    for (const fs::path& leftover : leftovers) {
      if (fs::remove_all(leftover, failure) > 0 && !failure) ++removed;
    }
  }
  return removed;
}

}  // namespace agon
