#include "graphs/experiment/supported.h"

#include <fmt/format.h>

#include "graphs/experiment/placement.h"

namespace agon {

namespace {

constexpr double kLanguageVersion = 1;

void check_version(const Whole& version, Diagnostics& diagnostics) {
  const NumberScope no_names{[](const std::string&) { return std::nullopt; }, {}};
  const auto written = version.value(no_names, diagnostics);
  if (written && static_cast<double>(*written) > kLanguageVersion) {
    diagnostics.error(version.origin(), fmt::format("the file is written for version {} of the "
                                                    "language, this program reads version {}",
                                                    *written, kLanguageVersion));
  }
}

}  // namespace

void check_supported(const ExperimentSections& sections, Diagnostics& diagnostics) {
  check_version(sections.agon, diagnostics);
  check_devices(sections, diagnostics);
  if (sections.extends) {
    diagnostics.error(sections.extends->origin("extends"),
                      "read before --set and quick; write it in the file");
  }
}

}  // namespace agon
