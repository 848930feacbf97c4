#include <fmt/format.h>

#include "engine/base/error.h"
#include "runners/sweep/search/methods.h"
#include "runners/sweep/search/settings.h"
#include "runners/sweep/search/sobol_point.h"

namespace agon {

namespace {

class SobolSearch final : public Search {
 public:
  explicit SobolSearch(const SearchTask& task) : task_(task) {
    if (task_.space.size() > kSobolCoordinates) {
      throw Error(ExitCode::Config,
                  fmt::format("sobol takes at most {} dimensions, got {}; take random",
                              kSobolCoordinates, task_.space.size()));
    }
  }

  std::optional<Point> propose(std::int64_t number, std::span<const Tried> tried,
                               std::span<const Point> pending) const override {
    RandomStream shift(task_.seed, "sweep/sobol");
    const auto shares = sobol_point(static_cast<std::uint32_t>(number), task_.space.size(), shift);
    RandomStream random(task_.seed, "sweep/sobol/again", static_cast<std::uint64_t>(number));
    const Proposed proposed(task_.space, tried, pending);
    return proposed.unless_new(setting_of_shares(task_.space, shares), random);
  }

 private:
  SearchTask task_;
};

}  // namespace

std::unique_ptr<Search> make_sobol(const SearchTask& task) {
  return std::make_unique<SobolSearch>(task);
}

}  // namespace agon
