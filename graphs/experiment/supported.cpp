#include "graphs/experiment/supported.h"

#include <fmt/format.h>

namespace agon {

namespace {

void check_device(const std::optional<Text>& device, Diagnostics& diagnostics) {
  if (device && device->text != "auto" && device->text != "cpu") {
    diagnostics.error(
        device->origin,
        fmt::format("device {} is not supported by this version; auto and cpu are", device->text));
  }
}

}  // namespace

void check_supported(const ExperimentSections& sections, Diagnostics& diagnostics) {
  const auto refuse = [&](const Origin& origin, const std::string& what) {
    diagnostics.error(origin, what + " not supported by this version");
  };
  if (sections.extends) {
    diagnostics.error(sections.extends->origin("extends"),
                      "read before --set and quick; write it in the file");
  }
  for (const StageSection& stage : sections.train.stages) refuse(stage.origin, "stages are");
  if (sections.determinism.text != "run")
    refuse(sections.determinism.origin, "determinism " + sections.determinism.text + " is");
  check_device(sections.device, diagnostics);
  for (const auto& network : sections.networks) check_device(network.value.device, diagnostics);
  for (const auto& evaluation : sections.evaluate) {
    if (evaluation.value.fake)
      refuse(evaluation.value.fake->origin, "fake (metrics over features) is");
    if (evaluation.value.real)
      refuse(evaluation.value.real->origin, "real (metrics over features) is");
  }
}

}  // namespace agon
