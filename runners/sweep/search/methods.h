#pragma once
#include <memory>

#include "runners/sweep/search/search.h"

namespace agon {

/// What every method is made of.
struct SearchTask {
  Space space;
  std::size_t objectives = 1;
  std::int64_t seed = 0;
  std::int64_t startup = 0;  // 0: the method's usual number
};

/// Every setting once, the last dimension fastest.
std::unique_ptr<Search> make_grid(const SearchTask& task);

/// Every dimension drawn evenly and on its own.
std::unique_ptr<Search> make_random(const SearchTask& task);

/// Sobol's sequence (1967) with the direction numbers of Joe and Kuo ("Constructing Sobol sequences
/// with better two-dimensional projections", SIAM J. Sci. Comput. 2008), moved by a random digital
/// shift. A dimension keeps its coordinate where others are not active.
std::unique_ptr<Search> make_sobol(const SearchTask& task);

/// Tree-structured Parzen estimator; see tpe.cpp.
std::unique_ptr<Search> make_tpe(const SearchTask& task);

/// Gaussian process with expected improvement; see gp.cpp.
std::unique_ptr<Search> make_gp(const SearchTask& task);

/// Evolution of a normal distribution (CMA-ES); see evolution.cpp.
std::unique_ptr<Search> make_evolution(const SearchTask& task);

}  // namespace agon
