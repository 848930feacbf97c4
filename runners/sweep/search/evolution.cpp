// CMA-ES, played again from the start for every proposal, so that it needs no state but the
// results: a generation learns from those of its settings that are known. The first member of each
// generation but the first is where a quadratic model of all results around is least (Hansen 2019):
// with the few trials of a sweep that is worth more than another draw.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/error.h"
#include "runners/sweep/search/cells.h"
#include "runners/sweep/search/evolution_state.h"
#include "runners/sweep/search/methods.h"
#include "runners/sweep/search/quadratic_model.h"
#include "runners/sweep/search/settings.h"

namespace agon {

namespace {

constexpr double kSigma = 0.2;
// of the width of a step: with it the next whole number stays likely
constexpr double kLeastOfCell = 0.4;
constexpr int kDraws = 64;

void check(const SearchTask& task) {
  if (task.objectives != 1) {
    throw Error(
        ExitCode::Config,
        fmt::format("evolution takes one objective, got {}; take tpe or gp", task.objectives));
  }
  if (task.space.empty()) throw Error(ExitCode::Config, "evolution needs a number to vary");
  for (const Dimension& dimension : task.space) {
    if (dimension.kind == Dimension::Kind::Choice) {
      throw Error(ExitCode::Config,
                  fmt::format("evolution takes numbers, but {} is a choice; take tpe or gp",
                              dimension.name));
    }
  }
}

/// The generation that a setting belongs to.
struct Generation {
  EvolutionState state;
  std::size_t number = 0;
  std::size_t begin = 0;  // its first setting
  std::size_t members = 0;
};

class Evolution final : public Search {
 public:
  explicit Evolution(const SearchTask& task)
      : task_(task), least_(static_cast<Eigen::Index>(task.space.size())) {
    check(task);
    for (std::size_t i = 0; i < task.space.size(); ++i) {
      const Cell cell = cell_of(task.space[i], task.space[i].low);
      least_[static_cast<Eigen::Index>(i)] = kLeastOfCell * cell.width();
    }
  }

  bool learns() const override { return true; }

  std::optional<Point> propose(std::int64_t number, std::span<const Tried> tried,
                               std::span<const Point> pending) const override {
    const Generation generation = generation_of(static_cast<std::size_t>(number), tried);
    const Proposed proposed(task_.space, tried, pending);
    RandomStream random(task_.seed, "sweep/evolution", static_cast<std::uint64_t>(number));
    if (generation.number > 0 && static_cast<std::size_t>(number) == generation.begin) {
      std::optional<Point> best = best_of_model(generation.state, tried);
      if (best && !proposed.has(*best)) return best;
    }
    Point point = setting_at_shares(generation.state.draw(least_, random));
    for (int k = 1; k < kDraws && proposed.has(point); ++k)
      point = setting_at_shares(generation.state.draw(least_, random));
    return proposed.unless_new(point, random);
  }

 private:
  /// Of the results nearest to the distribution, twice as many as there are coefficients. No
  /// further from its mean than a draw usually lies.
  std::optional<Point> best_of_model(const EvolutionState& state,
                                     std::span<const Tried> tried) const {
    struct Near {
      Eigen::VectorXd z;
      double value = 0;
    };
    std::vector<Near> near;
    for (const Tried& one : tried) {
      if (!one.values.empty())
        near.push_back({state.standardised(shares(one.point)), one.values[0]});
    }
    std::ranges::stable_sort(near, {}, [](const Near& one) { return one.z.squaredNorm(); });
    const auto most = static_cast<std::size_t>(2 * quadratic_coefficients(least_.size()));
    if (near.size() > most) near.resize(most);
    const auto count = static_cast<Eigen::Index>(near.size());
    Eigen::MatrixXd points(least_.size(), count);
    Eigen::VectorXd values(count);
    for (Eigen::Index i = 0; i < count; ++i) {
      points.col(i) = near[static_cast<std::size_t>(i)].z;
      values[i] = near[static_cast<std::size_t>(i)].value;
    }
    const auto z = quadratic_minimum(points, values, std::sqrt(static_cast<double>(least_.size())));
    if (!z) return std::nullopt;
    return setting_at_shares(state.unstandardised(*z).cwiseMax(0).cwiseMin(1));
  }

  Generation generation_of(std::size_t number, std::span<const Tried> tried) const {
    const auto n = static_cast<double>(task_.space.size());
    const auto usual = static_cast<std::size_t>(4 + std::floor(3 * std::log(n)));
    Generation now{EvolutionState(Eigen::VectorXd::Constant(least_.size(), 0.5), kSigma), 0, 0,
                   usual};
    while (now.begin + now.members <= number) {
      std::vector<EvolutionState::Member> known;
      for (std::size_t i = now.begin; i < std::min(now.begin + now.members, tried.size()); ++i) {
        const std::vector<double>& values = tried[i].values;
        known.push_back(
            {shares(tried[i].point), values.empty() ? std::nullopt : std::optional(values[0])});
      }
      now.state.learn(std::move(known));
      now.begin += now.members;
      ++now.number;
      if (now.state.is_spent()) restart(now);
    }
    return now;
  }

  /// Somewhere else and with twice the members (Auger and Hansen, "A restart CMA evolution strategy
  /// with increasing population size", CEC 2005).
  void restart(Generation& now) const {
    RandomStream random(task_.seed, "sweep/evolution/restart", now.begin);
    Eigen::VectorXd mean(least_.size());
    for (double& x : mean) x = random.uniform();
    now.state = EvolutionState(std::move(mean), kSigma);
    now.members *= 2;
    now.number = 0;
  }

  Point setting_at_shares(const Eigen::VectorXd& x) const {
    return setting_of_shares(task_.space, {x.data(), static_cast<std::size_t>(x.size())});
  }

  Eigen::VectorXd shares(const Point& point) const {
    Eigen::VectorXd x(least_.size());
    for (std::size_t i = 0; i < point.size(); ++i) {
      x[static_cast<Eigen::Index>(i)] = share_of(task_.space[i], *point[i]);
    }
    return x;
  }

  SearchTask task_;
  Eigen::VectorXd least_;
};

}  // namespace

std::unique_ptr<Search> make_evolution(const SearchTask& task) {
  return std::make_unique<Evolution>(task);
}

}  // namespace agon
