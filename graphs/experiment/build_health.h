#pragma once
#include "graphs/experiment/health.h"
#include "graphs/experiment/system.h"

namespace agon {

/// What a stage's health is read from; null where the training is shorter than the first of the
/// looks that come every so many steps, or has no variables to look at. Call when the training of
/// `system` is built: `variables` are all of it. Mistakes under `health:` go to the system's
/// diagnostics, and names read there to `used`.
std::shared_ptr<const HealthGraph> build_health(System& system,
                                                const std::vector<VariableDecl>& variables,
                                                std::set<std::string>& used);

}  // namespace agon
