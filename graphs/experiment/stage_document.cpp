#include "graphs/experiment/stage_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "graphs/document/suggestion.h"

namespace agon {

Yaml stage_document(const Experiment& experiment, std::size_t number, Diagnostics& diagnostics) {
  const StageSection& stage = experiment.sections.train.stages[number];
  Yaml document = experiment.document;
  document.remove("quick");
  Yaml& train = *document.find("train");
  const Yaml written = train.find("stages")->items[number];
  train.remove("stages");
  train.set({"steps", written.place}, *written.find("steps"));
  if (const Yaml* order = written.find("order")) train.set({"order", written.place}, *order);
  std::vector<std::string> known;
  for (const auto& param : experiment.sections.params) known.push_back(param.name);
  for (const Named<Yaml>& setting : stage.set) {
    if (std::find(known.begin(), known.end(), setting.name) == known.end()) {
      diagnostics.error(setting.origin, fmt::format("no param '{}'{}", setting.name,
                                                    suggestion(setting.name, known)));
      continue;
    }
    document.find("params")->set({setting.name, setting.value.place}, setting.value);
  }
  return document;
}

}  // namespace agon
