#pragma once
#include <memory>

#include "engine/plan/compile.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "graphs/experiment/training.h"

namespace agon {

/// Kernels and lanes: what it takes to compile and run a graph here.
class Backend {
 public:
  explicit Backend(int lane_count, Determinism determinism = Determinism::Run);
  /// As an experiment's `determinism` has it. Throws Error(Config) where that is strict and the
  /// environment changes what libraries compute.
  Backend(const Experiment& experiment, int lane_count);

  /// Compiles a copy, inside the lanes; the plan's graph stays as it is.
  std::unique_ptr<const Program> compiled(const Graph& graph);

  KernelRegistry kernels;
  Lanes lanes;

 private:
  Determinism determinism_;
};

/// A plan's graphs made ready to run, in the plan's order.
struct CompiledPlan {
  struct Evaluation {
    std::unique_ptr<const Program> full;
    std::unique_ptr<const Program> last;  // null where the count is a multiple of the batch
  };
  std::vector<std::unique_ptr<const Program>> training;
  std::vector<std::unique_ptr<const Program>> samples;
  std::vector<Evaluation> evaluations;
  std::unique_ptr<const Program> health;    // null where the plan has none
  std::unique_ptr<const Program> held_out;  // of its held-out examples, likewise

  /// The largest arena any of them needs; they share one.
  std::size_t arena_bytes() const;
  std::size_t constant_bytes() const;
  std::vector<const Program*> all() const;
};

CompiledPlan compile_plan(const Plan& plan, Backend& backend);
/// Only the draws of a step.
CompiledPlan compile_training(const Plan& plan, Backend& backend);
/// Only the sample graphs, or only those of evaluation.
CompiledPlan compile_samples(const Plan& plan, Backend& backend);
CompiledPlan compile_evaluations(const Plan& plan, Backend& backend);

}  // namespace agon
