#pragma once
#include <map>
#include <set>
#include <vector>

#include "graphs/experiment/system.h"

namespace agon {

/// Kinds of steps that a stage may have, that in which everything is computed included.
inline constexpr std::size_t kMostVariants = 8;

/// For each kind of step but that of step 0 the periods that divide it, as far as the run's steps
/// meet it. Reports more than kMostVariants, naming the terms.
std::vector<std::set<std::int64_t>> step_variants(
    System& system, const std::map<std::int64_t, const Expr*>& periods);

}  // namespace agon
