// Tree-structured Parzen estimator (Bergstra and others, NIPS 2011 and ICML 2013): proposes where
// good settings are much denser than the others. Both densities are over whole settings, not
// dimension by dimension, which Watanabe ("Tree-structured Parzen estimator: understanding its
// algorithm components", arXiv 2304.11127, 2023) found to matter most.
#include <algorithm>
#include <cmath>
#include <limits>

#include "runners/sweep/search/methods.h"
#include "runners/sweep/search/pareto.h"
#include "runners/sweep/search/settings.h"
#include "runners/sweep/search/tpe_density.h"

namespace agon {

namespace {

constexpr std::int64_t kStartup = 10;
constexpr double kGoodPart = 0.1;
constexpr std::size_t kMostGood = 25;
constexpr int kDraws = 96;

struct Split {
  std::vector<Point> good, others;
};

/// Failed settings are not good, nor are those that still run: what is proposed beside them stays
/// away from them.
Split split(std::span<const Tried> tried, std::span<const Point> pending) {
  const auto part =
      static_cast<std::size_t>(std::ceil(kGoodPart * static_cast<double>(tried.size())));
  const std::size_t wanted = std::min(part, kMostGood);
  std::vector<std::size_t> order = best_first(tried, wanted);
  order.resize(std::min(order.size(), wanted));
  Split result;
  std::vector<bool> is_good(tried.size());
  for (const std::size_t i : order) {
    is_good[i] = true;
    result.good.push_back(tried[i].point);
  }
  for (std::size_t i = 0; i < tried.size(); ++i) {
    if (!is_good[i]) result.others.push_back(tried[i].point);
  }
  result.others.insert(result.others.end(), pending.begin(), pending.end());
  return result;
}

/// The values that decide which other dimensions there are.
Point deciders_of(const Space& space, const Point& point) {
  Point result(point.size());
  for (const Dimension& dimension : space) {
    if (dimension.condition)
      result[dimension.condition->dimension] = point[dimension.condition->dimension];
  }
  return result;
}

class Tpe final : public Search {
 public:
  explicit Tpe(const SearchTask& task) : task_(task) {
    if (task_.startup == 0) task_.startup = kStartup;
  }

  bool learns() const override { return true; }

  std::optional<Point> propose(std::int64_t number, std::span<const Tried> tried,
                               std::span<const Point> pending) const override {
    RandomStream random(task_.seed, "sweep/tpe", static_cast<std::uint64_t>(number));
    const Proposed proposed(task_.space, tried, pending);
    const bool starting = static_cast<std::int64_t>(tried.size()) < task_.startup;
    const Point point = starting ? draw_setting(task_.space, random)
                                 : most_promising(tried, pending, proposed, random);
    return proposed.unless_new(point, random);
  }

 private:
  Point most_promising(std::span<const Tried> tried, std::span<const Point> pending,
                       const Proposed& proposed, RandomStream& random) const {
    const Split sides = split(tried, pending);
    // Between narrow curves the others' density has holes that promise more than any place far
    // away: early on the search would never leave the first valley it found, later they are what
    // makes it precise.
    const ParzenDensity good(task_.space, sides.good, ParzenDensity::Start::Narrow);
    const ParzenDensity others(task_.space, sides.others, ParzenDensity::Start::Smooth);
    Point best = good.draw(random);
    // First by what decides about other dimensions: of many draws the best is the better the more
    // dimensions there are, so that a choice with many would always win.
    constexpr double kNone = -std::numeric_limits<double>::infinity();
    std::pair<double, double> most = {kNone, kNone};
    for (int k = 0; k < kDraws; ++k) {
      const Point point = good.draw(random), deciders = deciders_of(task_.space, point);
      const std::pair promise = {good.log_density(deciders) - others.log_density(deciders),
                                 good.log_density(point) - others.log_density(point)};
      if (promise > most && !proposed.has(point)) {
        most = promise;
        best = point;
      }
    }
    return best;
  }

  SearchTask task_;
};

}  // namespace

std::unique_ptr<Search> make_tpe(const SearchTask& task) {
  return std::make_unique<Tpe>(task);
}

}  // namespace agon
