#include "runners/training/course.h"

namespace agon {

Course::Course(const Experiment& experiment, const std::vector<Plan>& plans, const Means& means)
    : experiment_(experiment),
      plans_(plans),
      open_(means.open),
      backend_(experiment, plans, means) {
  const auto stages = stages_of(experiment);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    compiled_.push_back(compile_plan(plans[i], backend_));
    sources_.push_back(std::make_unique<Sources>(*stages[i]));
  }
}

Means Course::means() const {
  const Placement& placement = backend_.device().placement;
  return {backend_.lanes.count(), device_name(placement, placement.rest), open_};
}

void Course::begin(const Checkpoint* state) {
  if (state == nullptr) {
    stage_ = std::make_unique<TrainingStage>(experiment_, plans_, 0, compiled_[0], backend_,
                                             *sources_[0], nullptr);
  } else {
    number_ = stage_at(experiment_, state->step());
    stage_ = std::make_unique<TrainingStage>(experiment_, plans_, number_, compiled_[number_],
                                             backend_, *sources_[number_], *state, state->step());
  }
  for (std::size_t i = 0; i < plans_.size(); ++i)
    open_sources(*sources_[i], plans_[i], compiled_[i]);
}

void Course::begin_next_stage() {
  stage_->trainer().settle();
  ++number_;
  stage_ = std::make_unique<TrainingStage>(experiment_, plans_, number_, compiled_[number_],
                                           backend_, *sources_[number_], stage_.get());
}

void Course::go_back(const Checkpoint& state, std::int64_t steps_done) {
  stage_.reset();  // its memory first
  stage_ = std::make_unique<TrainingStage>(experiment_, plans_, number_, compiled_[number_],
                                           backend_, *sources_[number_], state, steps_done);
}

}  // namespace agon
