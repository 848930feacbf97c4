#pragma once
#include "graphs/experiment/experiment.h"

namespace agon {

/// The file of stage `number` of an experiment: the experiment's own without `quick:` and stages,
/// with the stage's params, steps and order in their places. Params that the experiment lacks go to
/// `diagnostics`.
Yaml stage_document(const Experiment& experiment, std::size_t number, Diagnostics& diagnostics);

}  // namespace agon
