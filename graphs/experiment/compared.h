#pragma once
#include <vector>

#include "graphs/experiment/scene.h"
#include "graphs/words/metric.h"

namespace agon {

/// The outputs that metrics by name need, added to the scene's graph; see Comparison. `count`:
/// examples in all. Findings go to the system's diagnostics where `report` says so.
Comparison build_comparison(System& system, Scene& scene, const Named<EvaluateSection>& spec,
                            const std::vector<const MetricEntry*>& metrics, std::int64_t count,
                            bool report);

}  // namespace agon
