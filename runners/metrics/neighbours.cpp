#include <algorithm>
#include <numeric>

#include "engine/runtime/cpu/lanes.h"
#include "runners/metrics/features.h"

namespace agon {

namespace {

constexpr std::int64_t kManifoldNeighbours = 3;
constexpr std::int64_t kDensityNeighbours = 5;
constexpr std::int64_t kRowsAtOnce = 8;

/// Differences, not scalar products: equal rows are at distance 0 exactly.
double squared_distance(const FeatureRows& a, std::int64_t i, const FeatureRows& b,
                        std::int64_t j) {
  return (a.row(i) - b.row(j)).squaredNorm();
}

double share(const std::vector<std::int64_t>& balls_of_point) {
  const auto inside = std::count_if(balls_of_point.begin(), balls_of_point.end(),
                                    [](std::int64_t balls) { return balls > 0; });
  return static_cast<double>(inside) / static_cast<double>(balls_of_point.size());
}

MetricValues precision_recall(const FeaturePair& f, std::int64_t) {
  const auto real_radii = neighbour_radii(f.real, kManifoldNeighbours);
  const auto fake_radii = neighbour_radii(f.fake, kManifoldNeighbours);
  return {{"precision", share(balls_met(f.fake, f.real, real_radii).balls_of_point)},
          {"recall", share(balls_met(f.real, f.fake, fake_radii).balls_of_point)}};
}

MetricValues density_coverage(const FeaturePair& f, std::int64_t) {
  const auto met = balls_met(f.fake, f.real, neighbour_radii(f.real, kDensityNeighbours));
  const auto balls = static_cast<double>(
      std::accumulate(met.balls_of_point.begin(), met.balls_of_point.end(), std::int64_t{0}));
  const auto centres =
      static_cast<double>(std::count(met.centre_met.begin(), met.centre_met.end(), true));
  return {{"density", balls / static_cast<double>(kDensityNeighbours * f.fake.rows())},
          {"coverage", centres / static_cast<double>(f.real.rows())}};
}

}  // namespace

std::vector<double> neighbour_radii(const FeatureRows& rows, std::int64_t k) {
  std::vector<double> radii(static_cast<std::size_t>(rows.rows()));
  parallel_for(rows.rows(), kRowsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> to_others;
    for (std::int64_t i = begin; i < end; ++i) {
      to_others.clear();
      for (std::int64_t j = 0; j < rows.rows(); ++j) {
        if (j != i) to_others.push_back(squared_distance(rows, i, rows, j));
      }
      std::nth_element(to_others.begin(), to_others.begin() + (k - 1), to_others.end());
      radii[static_cast<std::size_t>(i)] = to_others[static_cast<std::size_t>(k - 1)];
    }
  });
  return radii;
}

BallCounts balls_met(const FeatureRows& points, const FeatureRows& centres,
                     const std::vector<double>& radii) {
  BallCounts result;
  result.balls_of_point.assign(static_cast<std::size_t>(points.rows()), 0);
  // flags of each piece of points apart, so that no two pieces write one
  const std::int64_t pieces = (points.rows() + kRowsAtOnce - 1) / kRowsAtOnce;
  std::vector<std::vector<char>> met(static_cast<std::size_t>(pieces));
  parallel_for(pieces, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t piece = first; piece < last; ++piece) {
      auto& own = met[static_cast<std::size_t>(piece)];
      own.assign(radii.size(), 0);
      const std::int64_t end = std::min(points.rows(), (piece + 1) * kRowsAtOnce);
      for (std::int64_t p = piece * kRowsAtOnce; p < end; ++p) {
        for (std::int64_t c = 0; c < centres.rows(); ++c) {
          if (squared_distance(points, p, centres, c) > radii[static_cast<std::size_t>(c)])
            continue;
          ++result.balls_of_point[static_cast<std::size_t>(p)];
          own[static_cast<std::size_t>(c)] = 1;
        }
      }
    }
  });
  result.centre_met.assign(radii.size(), false);
  for (const auto& own : met) {
    for (std::size_t c = 0; c < own.size(); ++c) {
      if (own[c] != 0) result.centre_met[c] = true;
    }
  }
  return result;
}

std::unique_ptr<Metric> make_precision_recall(const MetricSetting& setting) {
  return over_features("precision_recall", setting, precision_recall);
}

std::unique_ptr<Metric> make_density_coverage(const MetricSetting& setting) {
  return over_features("density_coverage", setting, density_coverage);
}

}  // namespace agon
