#include "runners/training/course.h"

namespace agon {

Course::Course(const Experiment& experiment, const std::vector<Plan>& plans, const Means& means)
    : experiment_(experiment),
      plans_(plans),
      open_(means.open),
      ready_(made_ready(experiment, plans, means)) {
  for (const Experiment* stage : stages_of(experiment))
    sources_.push_back(std::make_unique<Sources>(*stage));
}

Means Course::means() const {
  const Placement& placement = backend().device().placement;
  return {backend().lanes.count(), device_name(placement, placement.rest), open_};
}

void Course::begin(const Checkpoint* state) {
  if (state == nullptr) {
    stage_ = std::make_unique<TrainingStage>(experiment_, plans_, 0, ready_.compiled[0],
                                             *ready_.backend, *sources_[0], nullptr);
  } else {
    number_ = stage_at(experiment_, state->step());
    stage_ =
        std::make_unique<TrainingStage>(experiment_, plans_, number_, compiled(), *ready_.backend,
                                        *sources_[number_], *state, state->step());
  }
  for (std::size_t i = 0; i < plans_.size(); ++i)
    open_sources(*sources_[i], plans_[i], ready_.compiled[i]);
}

void Course::begin_next_stage() {
  stage_->trainer().settle();
  ++number_;
  stage_ = std::make_unique<TrainingStage>(experiment_, plans_, number_, compiled(),
                                           *ready_.backend, *sources_[number_], stage_.get());
}

void Course::go_back(const Checkpoint& state, std::int64_t steps_done) {
  stage_.reset();  // its memory first
  stage_ = std::make_unique<TrainingStage>(experiment_, plans_, number_, compiled(),
                                           *ready_.backend, *sources_[number_], state, steps_done);
}

}  // namespace agon
