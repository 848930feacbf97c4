#pragma once
#include <span>
#include <vector>

#include "engine/base/philox.h"
#include "runners/sweep/search/search.h"

namespace agon {

/// What a Gaussian process is told about a setting.
struct FittedValue {
  std::size_t setting = 0;
  double value = 0;
};

/// One number for each setting, the smallest first; at most `most` settings: the best half and the
/// latest ones. Failed settings are as bad as the worst. Several objectives become one by random
/// weights (Knowles, "ParEGO", IEEE Trans. Evol. Comput. 2006). At least one has to have values.
std::vector<FittedValue> values_to_fit(std::span<const Tried> tried, std::size_t most,
                                       RandomStream& random);

/// Draws in a long tail of bad values by a logarithm, so that it does not hide what the good ones
/// tell. Returns the sum of the logarithms of the slopes, by which a density of the new values
/// becomes one of the old ones (Snelson and others, "Warped Gaussian processes", NIPS 2003).
double draw_in_tail(std::vector<FittedValue>& sorted);

/// Gives them mean 0 and variance 1, and returns the same sum.
double standardise(std::vector<FittedValue>& values);

}  // namespace agon
