#include "runners/reproduce/recorded_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

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
void read_rows(const RunDirectory& run, std::int64_t last, TrainingRecord& recording) {
  for (SeriesRow& row : series_rows(run.metrics(), last)) {
    RecordedStep& step = recording.steps[row.step];
    step.measures = std::move(row.measures);
    step.fingerprint = std::move(row.fingerprint);
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

TrainingRecord recording_of(const OpenedRun& run, const std::vector<Plan>& plans,
                            std::int64_t last) {
  TrainingRecord recording;
  const Json lock = read_lock(run.directory);
  recording.pinned = pinned_part(lock);
  // the state that took the place of another is not what the steps alone give
  const std::int64_t whole = last;
  for (const Json& entry : lock.value("lineage", Json::array()))
    last = std::min(last, entry.value("rolled_back", last));
  recording.last = last;
  read_rows(run.directory, last, recording);
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(run.directory.checkpoints(), failure)) {
    const std::string name = entry.path().filename().string();
    const auto step = step_in(name);
    if (!step || *step > last || name != fmt::format("step-{}", *step)) continue;
    if (*step == last && last < whole) continue;
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

RecordingPlan plan_of(const TrainingRecord& recording, std::int64_t last) {
  RecordingPlan plan;
  plan.last = std::min(last, recording.last);
  for (const auto& [number, step] : recording.steps) {
    if (number > last) continue;
    if (!step.measures.empty() || !step.fingerprint.empty()) plan.measured.insert(number);
    if (!step.variables.empty()) plan.named.insert(number);
    if (!step.instructions.empty()) plan.observed.insert(number);
    for (const auto& [name, value] : step.measures) {
      plan.evaluates = plan.evaluates || name.starts_with("evaluate.");
      plan.looks = plan.looks || name.starts_with("health.");
    }
  }
  for (const auto& [name, hash] : recording.pictures) {
    const auto step = step_in(name);
    if (step && *step <= last) plan.pictures.insert(name);
  }
  return plan;
}

}  // namespace agon
