#pragma once
#include <memory>
#include <span>
#include <vector>

#include "engine/runtime/checkpoint.h"
#include "runners/health/look.h"
#include "runners/sampling/evaluation.h"
#include "runners/sampling/sampler.h"
#include "runners/training/trainer.h"

namespace agon {

/// Examples that the draws before stage `stage` read of every source.
std::int64_t examples_before(const Experiment& experiment, std::span<const Plan> plans,
                             std::size_t stage);

/// Opens what the programs of a stage read, in every split.
void open_sources(Sources& sources, const Plan& plan, const CompiledPlan& compiled);

/// One stage of a training with the memory it runs in.
class TrainingStage {
 public:
  /// Begins the stage: variables of the same name and shape go on from `before` (null in the first
  /// stage), the others with their first values. Everything given but `before` must outlive it;
  /// `plans` and `sources` are those of all stages.
  TrainingStage(const Experiment& experiment, std::span<const Plan> plans, std::size_t stage,
                const CompiledPlan& compiled, Backend& backend, Sources& sources,
                TrainingStage* before);
  /// Goes on in the midst of the stage, or at its end, after `steps_done` steps, from a state that
  /// was saved then or before. Throws Error(Data) when that is of another graph.
  TrainingStage(const Experiment& experiment, std::span<const Plan> plans, std::size_t stage,
                const CompiledPlan& compiled, Backend& backend, Sources& sources,
                const Checkpoint& state, std::int64_t steps_done);

  std::int64_t last_step() const { return experiment_.first_step + experiment_.stage_steps; }
  /// Examples of one step, all draws together.
  std::int64_t examples() const;
  Trainer& trainer() { return *trainer_; }
  /// These settle the trainer first: they look at what its steps made.
  Variables& variables() { return (trainer_->settle(), variables_); }
  const std::vector<std::unique_ptr<Sampler>>& samplers() {
    return (trainer_->settle(), samplers_);
  }
  const std::vector<std::unique_ptr<Evaluation>>& evaluations() {
    return (trainer_->settle(), evaluations_);
  }
  /// Null where the plan has nothing to look at. Looks at the variables at times of its caller's,
  /// who settles the trainer before.
  HealthLook* health() { return health_.get(); }

 private:
  /// Everything but the values of the variables.
  TrainingStage(const Experiment& experiment, std::span<const Plan> plans, std::size_t stage,
                const CompiledPlan& compiled, Backend& backend, Sources& sources,
                std::int64_t steps_done);
  void take_over(const Variables& before);

  const Experiment& experiment_;  // the stage's
  const Plan& plan_;
  Arena arena_;
  Variables variables_;
  std::unique_ptr<Trainer> trainer_;
  std::vector<std::unique_ptr<Sampler>> samplers_;
  std::vector<std::unique_ptr<Evaluation>> evaluations_;
  std::unique_ptr<HealthLook> health_;
};

}  // namespace agon
