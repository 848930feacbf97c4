#include "runners/sweep/search/search.h"

#include "engine/base/error.h"
#include "runners/sweep/search/methods.h"

namespace agon {

std::unique_ptr<Search> make_search(const SearchSpec& spec, const Space& space,
                                    std::size_t objectives, std::int64_t seed) {
  const SearchTask task{
      .space = space, .objectives = objectives, .seed = seed, .startup = spec.startup};
  switch (spec.kind) {
    case SearchSpec::Kind::Grid:
      return make_grid(task);
    case SearchSpec::Kind::Random:
      return make_random(task);
    case SearchSpec::Kind::Sobol:
      return make_sobol(task);
    case SearchSpec::Kind::Tpe:
      return make_tpe(task);
    case SearchSpec::Kind::Gp:
      return make_gp(task);
    case SearchSpec::Kind::Evolution:
      return make_evolution(task);
  }
  throw InternalError("a search of no known kind");
}

}  // namespace agon
