#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/base/philox.h"
#include "engine/runtime/cpu/lanes.h"
#include "runners/metrics/features.h"

namespace agon {

namespace {

constexpr std::int64_t kSubsets = 50;
constexpr std::int64_t kMostOfSubset = 500;

/// Sum over all pairs of (x y / d + 1)^3; without a row's pair with itself where `others` says so.
double kernel_sum(const FeatureRows& a, const FeatureRows& b, bool others) {
  const Eigen::MatrixXd inner = a * b.transpose();
  const double d = static_cast<double>(a.cols());
  double sum = 0;
  for (std::int64_t j = 0; j < inner.cols(); ++j) {
    for (std::int64_t i = 0; i < inner.rows(); ++i) {
      if (others && i == j) continue;
      const double k = inner(i, j) / d + 1;
      sum += k * k * k;
    }
  }
  return sum;
}

/// `size` different rows, by the first steps of a shuffle.
FeatureRows chosen(const FeatureRows& rows, std::int64_t size, RandomStream& random) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows.rows()));
  std::iota(order.begin(), order.end(), 0);
  FeatureRows result(size, rows.cols());
  for (std::int64_t i = 0; i < size; ++i) {
    const auto left = static_cast<std::uint32_t>(rows.rows() - i);
    std::swap(order[static_cast<std::size_t>(i)],
              order[static_cast<std::size_t>(i) + random.below(left)]);
    result.row(i) = rows.row(order[static_cast<std::size_t>(i)]);
  }
  return result;
}

MetricValues kid(const FeaturePair& features, std::int64_t seed) {
  const std::int64_t size = std::min<std::int64_t>(kMostOfSubset, features.real.rows() / 2);
  std::vector<double> found(kSubsets);
  parallel_for(kSubsets, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t s = begin; s < end; ++s) {
      RandomStream random(seed, "metrics/kid", static_cast<std::uint64_t>(s));
      const FeatureRows fake = chosen(features.fake, size, random);
      const FeatureRows real = chosen(features.real, size, random);
      found[static_cast<std::size_t>(s)] = squared_discrepancy(fake, real);
    }
  });
  const double mean = std::accumulate(found.begin(), found.end(), 0.0) / kSubsets;
  double squares = 0;
  for (const double value : found) squares += (value - mean) * (value - mean);
  return {{"kid", mean}, {"kid.std", std::sqrt(squares / kSubsets)}};
}

}  // namespace

double squared_discrepancy(const FeatureRows& fake, const FeatureRows& real) {
  const auto m = static_cast<double>(fake.rows()), n = static_cast<double>(real.rows());
  return kernel_sum(fake, fake, true) / (m * (m - 1)) +
         kernel_sum(real, real, true) / (n * (n - 1)) - 2 * kernel_sum(fake, real, false) / (m * n);
}

std::unique_ptr<Metric> make_kid(const MetricSetting& setting) {
  return over_features("kid", setting, kid);
}

}  // namespace agon
