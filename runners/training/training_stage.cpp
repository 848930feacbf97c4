#include "runners/training/training_stage.h"

#include <cstring>

#include "graphs/experiment/health.h"
#include "runners/training/restored.h"
#include "runners/training/saved.h"
#include "runners/training/state.h"

namespace agon {

std::int64_t examples_before(const Experiment& experiment, std::span<const Plan> plans,
                             std::size_t stage) {
  const auto stages = stages_of(experiment);
  std::int64_t examples = 0;
  for (std::size_t i = 0; i < stage; ++i) {
    const auto draws = static_cast<std::int64_t>(plans[i].training.draws.size());
    examples += stages[i]->stage_steps * draws * stages[i]->batch;
  }
  return examples;
}

namespace {
/// Batches go on where the stage before ended; with another size at the next whole one.
Position position_of(const Experiment& experiment, std::span<const Plan> plans, std::size_t stage,
                     std::int64_t steps_done) {
  const Experiment& own = *stages_of(experiment)[stage];
  const std::int64_t examples = examples_before(experiment, plans, stage);
  const auto draws = static_cast<std::int64_t>(plans[stage].training.draws.size());
  return {.steps_done = steps_done,
          .batches_read =
              (examples + own.batch - 1) / own.batch + (steps_done - own.first_step) * draws};
}
}  // namespace

void open_sources(Sources& sources, const Plan& plan, const CompiledPlan& compiled) {
  const auto open = [&](const Program& program, const std::string& split) {
    for (const DataPort& port : data_ports(program, sources.experiment()))
      sources.set(port.source, split_named(split));
  };
  for (const auto& program : compiled.training) open(*program, "train");
  if (compiled.health) open(*compiled.health, "train");
  if (compiled.held_out) {
    for (const std::string& split : {std::string("train"), plan.health->held_out.split})
      open(*compiled.held_out, split);
  }
  for (std::size_t i = 0; i < plan.samples.size(); ++i)
    open(*compiled.samples[i], plan.samples[i].split);
  for (std::size_t i = 0; i < plan.evaluations.size(); ++i)
    open(*compiled.evaluations[i].full, plan.evaluations[i].split);
}

TrainingStage::TrainingStage(const Experiment& experiment, std::span<const Plan> plans,
                             std::size_t stage, const CompiledPlan& compiled, Backend& backend,
                             Sources& sources, std::int64_t steps_done)
    : experiment_(*stages_of(experiment)[stage]),
      plan_(plans[stage]),
      arena_(compiled.arena(backend)),
      variables_(backend.variable_memory()) {
  add_variables(plan_.training, variables_);
  trainer_ =
      std::make_unique<Trainer>(plan_.training, compiled.training, backend, variables_, sources,
                                arena_, position_of(experiment, plans, stage, steps_done));
  samplers_ = samplers_of(plan_, compiled, backend, variables_, sources, arena_);
  evaluations_ = evaluations_of(plan_, compiled, backend, variables_, sources, arena_);
  if (compiled.health) {
    health_ =
        std::make_unique<HealthLook>(*plan_.health, compiled, backend, variables_, sources, arena_);
  }
}

TrainingStage::TrainingStage(const Experiment& experiment, std::span<const Plan> plans,
                             std::size_t stage, const CompiledPlan& compiled, Backend& backend,
                             Sources& sources, TrainingStage* before)
    : TrainingStage(experiment, plans, stage, compiled, backend, sources,
                    stages_of(experiment)[stage]->first_step) {
  initialise(plan_.training, backend, variables_, sources);
  if (before == nullptr) return;
  take_over(before->variables());
  trainer_->take_losses(before->trainer_->losses());
}

TrainingStage::TrainingStage(const Experiment& experiment, std::span<const Plan> plans,
                             std::size_t stage, const CompiledPlan& compiled, Backend& backend,
                             Sources& sources, const Checkpoint& state, std::int64_t steps_done)
    : TrainingStage(experiment, plans, stage, compiled, backend, sources, steps_done) {
  state.restore(variables_);
  derive(plan_.training, backend, variables_);
  trainer_->take_losses(saved_losses(state));
}

std::int64_t TrainingStage::examples() const {
  return experiment_.batch * static_cast<std::int64_t>(plan_.training.draws.size());
}

void TrainingStage::take_over(const Variables& before) {
  for (const Variables::Variable& old : before.all()) {
    const Variables::Variable* own = variables_.find(old.name);
    if (own == nullptr || own->saved == Variables::Saved::No || own->type != old.type ||
        !(own->file == old.file))
      continue;
    std::memcpy(own->memory.data(), old.memory.data(), old.type.bytes());
  }
}

}  // namespace agon
