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
  if (sections.determinism.text != "run")
    refuse(sections.determinism.origin, "determinism " + sections.determinism.text + " is");
  check_device(sections.device, diagnostics);
  for (const auto& network : sections.networks) check_device(network.value.device, diagnostics);
}

}  // namespace agon
