#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runners/bench/training_bench.h"
#include "runners/training/device_use.h"

namespace agon {

/// What `agon bench` found out about a training step.
struct BenchReport {
  /// Instructions of one kind in a whole step.
  struct Work {
    double direct_flops = 0, needed_flops = 0, bytes = 0, microseconds = 0;
  };
  struct Row {
    InstructionReport instruction;
    double times = 1;         // draws of a step that run it
    double microseconds = 0;  // in a step
  };

  std::string name;
  std::int64_t batch = 0, examples = 0;  // of a draw, of a step
  int lanes = 0;
  std::string placement;    // "generator on cuda:0; the rest on cpu"; empty: all on the processors
  std::string accelerator;  // "cuda:0 (NVIDIA H100 80GB HBM3)", or empty
  nlohmann::ordered_json facts = {};  // of the accelerator
  DeviceUse use;
  StepSpeed speed;
  MachineLimits limits;  // of the accelerator where there is one, else of the processors
  Work all, products, pointwise, other;
  double waiting_microseconds = 0;
  KernelFacts reorders;  // sums over a step
  std::int64_t peak_bytes = 0;
  std::size_t arena_bytes = 0, live_bytes = 0, variable_bytes = 0;
  double first_step_seconds = 0;  // since the process started
  std::vector<Row> slowest;

  /// Work over the median time of a step.
  double gflops(double flops) const { return flops / speed.median() / 1e6; }

  std::string text() const;
  nlohmann::ordered_json json() const;
};

/// How long a bench looks, and at what.
struct BenchOptions {
  std::int64_t steps = 0;      // in a repeat; 0: as many as take some 0.7 s
  double timed_seconds = 0.5;  // of steps that are timed instruction by instruction
  RateSizes accelerator = {.side = 4096, .numbers = std::int64_t{1} << 26};
};
/// Of a bench that has done its first step, `first_step_seconds` after the process began.
BenchReport measured_report(TrainingBench& bench, const Experiment& experiment, const Plan& plan,
                            double first_step_seconds, const BenchOptions& options);

/// Takes `times` apart by instruction.
void add_instructions(BenchReport& report, const TrainingGraphs& training,
                      const CompiledPlan& compiled, const StepTimes& times);

}  // namespace agon
