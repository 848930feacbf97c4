#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "graphs/experiment/system.h"
#include "graphs/experiment/training.h"

namespace agon {

/// Kinds of steps that a stage may have, that in which everything is computed included.
inline constexpr std::size_t kMostVariants = 8;

/// For each kind of step but that of step 0 the periods that divide it, as far as the run's steps
/// meet it. Reports more than kMostVariants, naming the terms.
std::vector<std::set<std::int64_t>> step_variants(
    System& system, const std::map<std::int64_t, const Expr*>& periods);

/// "; every 4, 16: 3 kinds of steps"; empty without periods.
std::string variants_text(const TrainingGraphs& training);

}  // namespace agon
