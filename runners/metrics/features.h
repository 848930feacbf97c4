#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "runners/metrics/metric.h"

namespace agon {

/// Examples by row.
using FeatureRows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The features of both sides in double precision. Throws Error(Data) naming the side and the
/// example for a number that is not finite.
struct FeaturePair {
  FeatureRows fake, real;
};
FeaturePair checked_features(std::string_view metric, const FeatureSets& sets);

/// A metric of all features at once.
using OfFeatures = std::function<MetricValues(const FeaturePair& features, std::int64_t seed)>;
std::unique_ptr<Metric> over_features(std::string_view name, const MetricSetting& setting,
                                      OfFeatures of_features);

/// Frechet distance of the Gaussians with the rows' means and unbiased covariances (Heusel,
/// Ramsauer, Unterthiner, Nessler, Hochreiter: "GANs trained by a two time-scale update rule
/// converge to a local Nash equilibrium", NeurIPS 2017): |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^1/2).
double frechet_distance(const FeatureRows& fake, const FeatureRows& real);

/// Unbiased squared maximum mean discrepancy with the kernel (x y / d + 1)^3 (Binkowski,
/// Sutherland, Arbel, Gretton: "Demystifying MMD GANs", ICLR 2018). At least 2 rows each; may be
/// negative.
double squared_discrepancy(const FeatureRows& fake, const FeatureRows& real);

/// Squared distance of each row to its k-th nearest other row. More than k rows.
std::vector<double> neighbour_radii(const FeatureRows& rows, std::int64_t k);

/// For each of `points`, how many of `centres` have it in their ball: squared distance at most
/// `radii`; and for each centre whether any point lies in its ball.
struct BallCounts {
  std::vector<std::int64_t> balls_of_point;
  std::vector<bool> centre_met;
};
BallCounts balls_met(const FeatureRows& points, const FeatureRows& centres,
                     const std::vector<double>& radii);

}  // namespace agon
