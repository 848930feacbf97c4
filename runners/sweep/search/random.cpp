#include "runners/sweep/search/methods.h"
#include "runners/sweep/search/settings.h"

namespace agon {

namespace {

class RandomSearch final : public Search {
 public:
  explicit RandomSearch(const SearchTask& task) : task_(task) {}

  std::optional<Point> propose(std::int64_t number, std::span<const Tried> tried,
                               std::span<const Point> pending) const override {
    RandomStream random(task_.seed, "sweep/random", static_cast<std::uint64_t>(number));
    const Proposed proposed(task_.space, tried, pending);
    return proposed.unless_new(draw_setting(task_.space, random), random);
  }

 private:
  SearchTask task_;
};

}  // namespace

std::unique_ptr<Search> make_random(const SearchTask& task) {
  return std::make_unique<RandomSearch>(task);
}

}  // namespace agon
