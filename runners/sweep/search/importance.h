#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "runners/sweep/search/search.h"

namespace agon {

/// How much each dimension of a space says about objective number `objective`, from the settings
/// tried: a forest of regression trees (Breiman, "Random forests", Machine Learning 2001) is grown
/// on them, and a dimension counts by how much larger the error on settings that a tree has not
/// seen becomes when the dimension's values are dealt out anew among them (permutation importance,
/// the same paper, section 10); where it is not always active, among those in which it is. Values
/// far beyond the others are cut first. Shares that add up to 1, by dimension; all 0 where nothing
/// can be said: fewer than 4 settings with values, values that are all the same, or no error that
/// becomes larger. Settings without values do not count. A pure function of its arguments.
std::vector<double> importances(const Space& space, std::span<const Tried> tried,
                                std::size_t objective, std::int64_t seed);

}  // namespace agon
