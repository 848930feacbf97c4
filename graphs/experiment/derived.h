#pragma once
#include <set>
#include <string>

#include "graphs/experiment/training.h"

namespace agon {

/// Takes out of the draws what depends on constants and the variables in `frozen` alone and holds a
/// product (LANGUAGE.md rule 7): such values become derived variables, and `training.derived`
/// computes them.
void compute_once(const std::set<std::string>& frozen, TrainingGraphs& training);

}  // namespace agon
