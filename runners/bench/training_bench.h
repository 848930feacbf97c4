#pragma once
#include <cstdint>
#include <vector>

#include "runners/bench/instruction_report.h"
#include "runners/bench/machine_limits.h"
#include "runners/training/trainer.h"

namespace agon {

/// A training as `agon train` runs it, batches read ahead, without a run directory, samples or
/// evaluation.
class TrainingBench {
 public:
  /// Of one stage. Everything given must outlive it.
  TrainingBench(const Experiment& experiment, const Plan& plan);
  /// On a device that was chosen.
  TrainingBench(const Experiment& experiment, const Plan& plan, DeviceChoice device);

  Trainer& trainer() { return *trainer_; }
  Backend& backend() { return *backend_; }
  const CompiledPlan& compiled() const { return compiled_; }
  std::size_t variable_bytes() const { return variables_.bytes(); }

 private:
  TrainingBench(const Experiment& experiment, const Plan& plan, std::unique_ptr<Backend> backend);

  std::unique_ptr<Backend> backend_;
  CompiledPlan compiled_;
  Arena arena_;
  Variables variables_;
  Sources sources_;
  std::unique_ptr<Trainer> trainer_;
};

/// Where a step's time goes, in microseconds: medians over the steps that run it, times their share
/// of all.
struct StepTimes {
  std::vector<std::vector<double>> instructions;  // by program and instruction, all draws together
  double waiting = 0;                             // for batches
};

/// Runs at least three steps and about `seconds`.
StepTimes time_instructions(TrainingBench& bench, double seconds);

struct StepSpeed {
  std::int64_t steps_per_repeat = 0;
  std::vector<double> ms_per_step;  // by repeat, ascending

  double median() const { return ms_per_step[ms_per_step.size() / 2]; }
  double least() const { return ms_per_step.front(); }
};
inline constexpr int kRepeats = 5;

/// Warms up, then times kRepeats repeats of `steps` steps; 0: as many as take some 0.7 s.
StepSpeed measure_speed(Trainer& trainer, std::int64_t steps);

}  // namespace agon
