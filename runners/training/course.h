#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/runtime/checkpoint.h"
#include "runners/training/made_ready.h"
#include "runners/training/training_stage.h"

namespace agon {

/// A training in memory, from compiled plans, one for each stage: from first values or a saved
/// state, step by step through the stages. Writes nothing.
class Course {
 public:
  /// Compiles. Both must outlive it.
  Course(const Experiment& experiment, const std::vector<Plan>& plans, const Means& means);

  /// Makes the stage where `state` was saved, or the first one with its first values, and opens the
  /// data of all. Call once, before anything below. Throws InputError; Error(Data) for a state of
  /// another graph.
  void begin(const Checkpoint* state);

  std::int64_t steps_done() const { return stage_->trainer().steps_done(); }
  bool is_complete() const { return steps_done() == experiment_.steps; }
  /// Whether the present stage has had all its steps and another one follows.
  bool is_at_end_of_stage() const { return steps_done() == stage_->last_step() && !is_complete(); }
  /// The stage after the present one takes over.
  void begin_next_stage();
  /// The present stage takes up an earlier state of its own, and goes on after `steps_done` steps
  /// with the batches and random numbers that follow those. Throws Error(Data) for a state of
  /// another graph.
  void go_back(const Checkpoint& state, std::int64_t steps_done);
  TrainingStage& stage() { return *stage_; }

  const std::vector<Plan>& plans() const { return plans_; }
  const Plan& plan() const { return plans_[number_]; }
  const CompiledPlan& compiled() const { return ready_.compiled[number_]; }
  /// By stage.
  const std::vector<std::unique_ptr<Sources>>& sources() const { return sources_; }
  const Backend& backend() const { return *ready_.backend; }
  /// Those of another process of this training.
  Means means() const;

 private:
  const Experiment& experiment_;
  const std::vector<Plan>& plans_;
  OpenAccelerator open_;
  MadeReady ready_;
  std::vector<std::unique_ptr<Sources>> sources_;
  std::size_t number_ = 0;  // of the present stage
  std::unique_ptr<TrainingStage> stage_;
};

}  // namespace agon
