#include <fmt/format.h>

#include "engine/base/text.h"
#include "graphs/experiment/experiment.h"

namespace agon {

std::vector<const Experiment*> stages_of(const Experiment& experiment) {
  if (experiment.stages.empty()) return {&experiment};
  std::vector<const Experiment*> stages;
  for (const Experiment& stage : experiment.stages) stages.push_back(&stage);
  return stages;
}

std::size_t stage_at(const Experiment& experiment, std::int64_t steps_done) {
  std::size_t stage = 0;
  for (std::size_t i = 0; i < experiment.stages.size(); ++i) {
    if (experiment.stages[i].first_step < steps_done) stage = i;
  }
  return stage;
}

std::string stage_text(const Experiment& experiment, std::size_t stage) {
  if (experiment.stages.empty()) return "";
  const Experiment& e = experiment.stages[stage];
  std::vector<std::string> parts;
  for (const Named<Yaml>& set : experiment.sections.train.stages[stage].set)
    parts.push_back(fmt::format("{} = {}", set.name, number_text(e.params.at(set.name))));
  parts.push_back(fmt::format("steps {} to {}", e.first_step + 1, e.first_step + e.stage_steps));
  return fmt::format("stage {} of {}: {}", stage + 1, experiment.stages.size(), joined(parts));
}

}  // namespace agon
