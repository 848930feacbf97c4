#pragma once
#include <vector>

#include "graphs/experiment/health.h"
#include "graphs/experiment/health_names.h"
#include "graphs/experiment/system.h"

namespace agon {

/// Gives `health` the graph that scores real examples, trained on or held out, or says in its `off`
/// why it has none. `scores` stand beside health.critics, in whose graph they were built already.
void build_held_out(System& system, const std::vector<ScorePair>& scores, HealthGraph& health);

}  // namespace agon
