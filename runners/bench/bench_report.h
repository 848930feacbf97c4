#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runners/bench/training_bench.h"

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
  StepSpeed speed;
  MachineLimits limits;
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

/// Takes `times` apart by instruction.
void add_instructions(BenchReport& report, const TrainingGraphs& training,
                      const CompiledPlan& compiled, const StepTimes& times);

}  // namespace agon
