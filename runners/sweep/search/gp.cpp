// Bayesian optimisation: a Gaussian process is fitted to what was found, and the setting with the
// largest expected improvement proposed (Snoek, Larochelle, Adams, "Practical Bayesian optimization
// of machine learning algorithms", NIPS 2012).
#include <algorithm>
#include <cmath>

#include "runners/sweep/search/gp_improvement.h"
#include "runners/sweep/search/gp_values.h"
#include "runners/sweep/search/methods.h"

namespace agon {

namespace {

constexpr std::int64_t kStartup = 10;
constexpr std::size_t kMostFitted = 300;  // the work grows with the cube
constexpr std::size_t kNearBest = 3;      // around which new ones are drawn

class Gp final : public Search {
 public:
  explicit Gp(const SearchTask& task) : task_(task), encoding_(task_.space) {
    if (task_.startup == 0) task_.startup = kStartup;
  }
  Gp(const Gp&) = delete;

  bool learns() const override { return true; }

  std::optional<Point> propose(std::int64_t number, std::span<const Tried> tried,
                               std::span<const Point> pending) const override {
    RandomStream random(task_.seed, "sweep/gp", static_cast<std::uint64_t>(number));
    const Proposed proposed(task_.space, tried, pending);
    if (proposed.all()) return std::nullopt;
    const bool starting =
        static_cast<std::int64_t>(tried.size()) < task_.startup ||
        std::ranges::all_of(tried, [](const Tried& t) { return t.values.empty(); });
    if (starting) return proposed.unless_new(draw_setting(task_.space, random), random);

    const std::vector<FittedValue> values = values_to_fit(tried, kMostFitted, random);
    GpModel model = likelier_model(tried, values);
    std::vector<Eigen::VectorXd> places;
    for (const Point& point : pending) places.push_back(encoding_.encode(point));
    model.believe(places);
    std::vector<Point> best;
    for (std::size_t k = 0; k < std::min(kNearBest, values.size()); ++k) {
      best.push_back(tried[values[k].setting].point);
    }
    const auto point = most_improving(task_.space, model, encoding_, best, proposed, random);
    return proposed.unless_new(point ? *point : best[0], random);
  }

 private:
  struct Fitted {
    GpModel model;
    double misfit = 0;
  };

  Fitted fitted(std::span<const Tried> tried, std::vector<FittedValue> values,
                double slopes) const {
    slopes += standardise(values);
    const auto count = static_cast<Eigen::Index>(values.size());
    Eigen::MatrixXd rows(count, encoding_.columns());
    Eigen::VectorXd targets(count);
    for (Eigen::Index i = 0; i < count; ++i) {
      const FittedValue& one = values[static_cast<std::size_t>(i)];
      rows.row(i) = encoding_.encode(tried[one.setting].point).transpose();
      targets[i] = one.value;
    }
    GpModel model(std::move(rows), std::move(targets), encoding_.owners());
    const double misfit = model.fit();
    return {std::move(model), misfit - slopes};
  }

  /// Of the values as they are, and with their tail drawn in.
  GpModel likelier_model(std::span<const Tried> tried, std::vector<FittedValue> values) const {
    Fitted plain = fitted(tried, values, 0);
    const double slopes = draw_in_tail(values);
    Fitted drawn_in = fitted(tried, values, slopes);
    return plain.misfit <= drawn_in.misfit ? std::move(plain.model) : std::move(drawn_in.model);
  }

  SearchTask task_;
  GpEncoding encoding_;  // refers to task_.space
};

}  // namespace

std::unique_ptr<Search> make_gp(const SearchTask& task) {
  return std::make_unique<Gp>(task);
}

}  // namespace agon
