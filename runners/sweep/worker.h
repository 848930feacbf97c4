#pragma once
#include "engine/base/error.h"
#include "graphs/experiment/experiment.h"
#include "runners/sweep/sweep_folder.h"
#include "runners/terminal/console.h"

namespace agon {

/// Trains one trial of a sweep and writes what came of it to the sweep's state: the work of one
/// process. A trial that an earlier worker began goes on where that one was killed; one that is
/// finished is left alone. Ok where the trial is finished now, failed ones included; Stopped where
/// it was asked to stop. Throws Error(CantCreate) where another worker has the trial.
ExitCode run_trial(const SweepFolder& folder, const TrialKey& key, Console& console);

/// The experiment that a trial trains. Throws as reading does.
Experiment experiment_of_trial(const std::string& file, const std::vector<std::string>& set,
                               const std::string& runs);

}  // namespace agon
