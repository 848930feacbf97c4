#pragma once
#include <memory>
#include <span>

#include "engine/plan/compile.h"
#include "engine/runtime/arena.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "graphs/experiment/training.h"
#include "runners/runs/machine.h"
#include "runners/training/device_choice.h"

namespace agon {

/// Kernels, lanes and accelerator: what it takes to compile and run a graph here.
class Backend {
 public:
  /// The processors alone.
  explicit Backend(int lane_count, Determinism determinism = Determinism::Run);
  /// As an experiment's `device` and `determinism` have it; `plans`: those of its stages. Throws
  /// what choose_device throws, and Error(Config) where determinism is strict and the environment
  /// changes what libraries compute.
  Backend(const Experiment& experiment, std::span<const Plan> plans, const Means& means,
          Absent absent = Absent::Refused);
  /// With a device that was chosen.
  Backend(int lane_count, Determinism determinism, DeviceChoice device);

  /// Compiles a copy, inside the lanes, its nodes placed; the plan's graph stays as it is.
  std::unique_ptr<const Program> compiled(const Graph& graph);
  /// The same, placed otherwise than the experiment.
  std::unique_ptr<const Program> compiled(const Graph& graph, const Placement& placement);
  /// The same with every node on the processors: for what runs once and must not wait for kernels
  /// of a device to be made.
  std::unique_ptr<const Program> compiled_on_processors(const Graph& graph);

  const DeviceChoice& device() const { return device_; }
  /// Why that one, in other words.
  void explain_device(std::string why) { device_.why = std::move(why); }
  /// Null where the processors compute everything.
  Accelerator* accelerator() const { return device_.accelerator.get(); }
  /// For another backend; this one runs nothing on it afterwards.
  std::unique_ptr<Accelerator> take_accelerator() { return std::move(device_.accelerator); }
  /// Where variables lie that its programs read and write; null: in the heap.
  MemorySource* variable_memory() const;

 private:
  std::unique_ptr<const Program> compiled(std::unique_ptr<Graph> graph, std::vector<Pass> passes);
  /// What the kernels of the accelerator want of a graph.
  std::vector<Pass> accelerator_passes(const Placement& placement) const;
  /// Whether a library's kernel of the accelerator takes the node.
  bool has_library_kernel(const Node& node) const;

  DeviceChoice device_;  // outlives the kernels made for it
  Determinism determinism_;

 public:
  KernelRegistry kernels;
  Lanes lanes;
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
  std::size_t gpu_arena_bytes() const;
  Arena arena(const Backend& backend) const;
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
