#include "runners/reproduce/recorded_run.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "runners/data/decode.h"
#include "runners/runs/pinned.h"
#include "runners/runs/step_name.h"
#include "runners/training/saved.h"
#include "runners/training/state.h"

namespace agon {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {
void read_rows(const RunDirectory& run, std::int64_t last, Recording& recording) {
  std::ifstream file(run.metrics());
  for (std::string line; std::getline(file, line);) {
    const Json row = Json::parse(line, nullptr, false);
    if (!row.is_object() || !row.contains("step") || !row["step"].is_number_integer()) continue;
    const auto number = row["step"].get<std::int64_t>();
    if (number > last) break;
    RecordedStep& step = recording.steps[number];
    for (const auto& [name, value] : row.items()) {
      if (name == "fingerprint" && value.is_string()) step.fingerprint = value.get<std::string>();
      if (name == "step" || value.is_string()) continue;
      step.measures.emplace_back(name, value.is_number() ? value.get<double>() : NAN);
    }
  }
}

NamedFingerprints variables_in(const Checkpoint& state, const OpenedRun& run,
                               const std::vector<Plan>& plans) {
  Variables variables;
  add_variables(plans[stage_at(run.experiment, state.step())].training, variables);
  state.restore(variables);
  return fingerprints(variables);
}
}  // namespace

Recording recording_of(const OpenedRun& run, const std::vector<Plan>& plans, std::int64_t last) {
  Recording recording;
  recording.pinned = pinned_part(read_lock(run.directory));
  recording.last = last;
  read_rows(run.directory, last, recording);
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(run.directory.checkpoints(), failure)) {
    const std::string name = entry.path().filename().string();
    const auto step = step_in(name);
    if (!step || *step > last || name != fmt::format("step-{}", *step)) continue;
    recording.steps[*step].variables = variables_in(Checkpoint(entry.path()), run, plans);
  }
  for (const auto& entry : fs::directory_iterator(run.directory.samples(), failure)) {
    const std::string name = entry.path().filename().string();
    const auto step = step_in(name);
    if (!step || *step > last || entry.path().extension() != ".png") continue;
    recording.pictures[name] = pixel_hash(read_picture(entry.path().string()));
  }
  return recording;
}

RecordingPlan plan_of(const Recording& recording, std::int64_t last) {
  RecordingPlan plan;
  plan.last = std::min(last, recording.last);
  for (const auto& [number, step] : recording.steps) {
    if (number > last) continue;
    if (!step.measures.empty() || !step.fingerprint.empty()) plan.measured.insert(number);
    if (!step.variables.empty()) plan.named.insert(number);
    if (!step.instructions.empty()) plan.observed.insert(number);
    for (const auto& [name, value] : step.measures)
      plan.evaluates = plan.evaluates || name.starts_with("evaluate.");
  }
  for (const auto& [name, hash] : recording.pictures) {
    const auto step = step_in(name);
    if (step && *step <= last) plan.pictures.insert(name);
  }
  return plan;
}

}  // namespace agon
