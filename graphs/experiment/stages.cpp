#include <fmt/format.h>

#include "engine/base/text.h"
#include "graphs/experiment/experiment.h"
#include "graphs/experiment/names.h"

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

Diagnostic of_stage(Diagnostic found, const std::vector<StageSection>& stages, std::size_t number) {
  const StageSection& stage = stages[number];
  const auto within = [&](const char* section) { return found.origin.path.starts_with(section); };
  if (within("params.") || within("train.stages") || within("train.order")) return found;
  found.message +=
      fmt::format("; in stage {} ({})", number + 1, place_text(stage.origin, found.origin));
  std::vector<std::string> settings;
  for (const Named<Yaml>& set : stage.set)
    settings.push_back(fmt::format("{} = {}", set.name, set.value.text));
  if (!settings.empty()) found.message += ", which sets " + joined(settings, " and ");
  return found;
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
