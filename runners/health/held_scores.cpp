#include "runners/health/held_scores.h"

#include <fmt/format.h>

#include "runners/health/signals.h"

namespace agon {

HeldScores::HeldScores(const HealthGraph& spec, const Program& program, Backend& backend,
                       Variables& variables, Sources& sources, Arena& arena)
    : spec_(spec),
      program_(program),
      executor_(program, variables, backend.lanes, &arena, backend.accelerator()),
      scores_(spec.critics.size()) {
  for (const std::string& split : {std::string("train"), spec.held_out.split}) {
    for (std::int64_t i = 0; i < spec.held_out.batches; ++i)
      feeds_.emplace_back(sources, program, split, spec.batch);
  }
  for (const Program::Port& input : program.inputs) {
    if (input.name == "step") executor_.bind_input("step", &step_);
  }
}

void HeldScores::read(double steps_done) {
  step_ = steps_done;
  for (Scores& scores : scores_) scores = {};
  const auto batches = static_cast<std::size_t>(spec_.held_out.batches);
  for (std::size_t i = 0; i < feeds_.size(); ++i) {
    if (!fed_) feeds_[i].read(static_cast<std::int64_t>(i % batches) * spec_.batch);
    feeds_[i].bind(executor_);
    executor_.run();
    take(i >= batches);
  }
  fed_ = true;
}

/// Adds what the critics say of the batch that was run.
void HeldScores::take(bool held_out) {
  for (std::size_t i = 0; i < scores_.size(); ++i) {
    const std::string name = fmt::format("critic{}.real", i);
    for (const Program::Port& port : program_.outputs) {
      if (port.name != name) continue;
      const auto* values = static_cast<const float*>(executor_.output(name));
      const auto elements = static_cast<std::size_t>(port.type.shape.elements());
      const auto means = row_means({values, elements}, port.type.shape[0]);
      std::vector<float>& to = held_out ? scores_[i].held_out : scores_[i].trained_on;
      to.insert(to.end(), means.begin(), means.end());
    }
  }
}

}  // namespace agon
