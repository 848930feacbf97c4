#pragma once
#include <vector>

#include "runners/reproduce/recorder.h"
#include "runners/runs/opened_run.h"

namespace agon {

/// What a run's directory holds of its steps up to `last`: the rows of metrics.jsonl, the variables
/// of its checkpoints, the pixels of its sample grids. Where it went back to an earlier state, as
/// an alarm may have it do, up to that step. Throws Error (Data, NoInput).
TrainingRecord recording_of(const OpenedRun& run, const std::vector<Plan>& plans,
                            std::int64_t last);

/// How to record the same again, as far as step `last`.
RecordingPlan plan_of(const TrainingRecord& recording, std::int64_t last);

}  // namespace agon
