#include "runners/metrics/similarity.h"

#include <array>
#include <cmath>

#include "runners/metrics/pairs.h"

namespace agon {

namespace {

constexpr double kSigma = 1.5;
constexpr double kLuminance = 0.01, kContrast = 0.03;

std::array<double, kSimilarityWindow> window() {
  std::array<double, kSimilarityWindow> weights{};
  double sum = 0;
  const std::int64_t middle = kSimilarityWindow / 2;
  for (std::int64_t i = 0; i < kSimilarityWindow; ++i) {
    const auto x = static_cast<double>(i - middle);
    weights[static_cast<std::size_t>(i)] = std::exp(-x * x / (2 * kSigma * kSigma));
    sum += weights[static_cast<std::size_t>(i)];
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// Weighted means under the window, only where it lies inside: rows first, then columns.
std::vector<double> smoothed(const Plane& plane) {
  static const auto weights = window();
  const std::int64_t inner = plane.width - kSimilarityWindow + 1;
  const std::int64_t rows = plane.height - kSimilarityWindow + 1;
  std::vector<double> along(static_cast<std::size_t>(plane.height * inner));
  for (std::int64_t row = 0; row < plane.height; ++row) {
    for (std::int64_t column = 0; column < inner; ++column) {
      const double* from = &plane.at[static_cast<std::size_t>(row * plane.width + column)];
      double sum = 0;
      for (std::size_t k = 0; k < weights.size(); ++k) sum += weights[k] * from[k];
      along[static_cast<std::size_t>(row * inner + column)] = sum;
    }
  }
  std::vector<double> result(static_cast<std::size_t>(rows * inner));
  for (std::int64_t row = 0; row < rows; ++row) {
    double* to = &result[static_cast<std::size_t>(row * inner)];
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const double* from =
          &along[static_cast<std::size_t>((row + static_cast<std::int64_t>(k)) * inner)];
      for (std::int64_t column = 0; column < inner; ++column)
        to[column] += weights[k] * from[column];
    }
  }
  return result;
}

Plane product(const Plane& x, const Plane& y) {
  Plane result{x.height, x.width, std::vector<double>(x.at.size())};
  for (std::size_t i = 0; i < x.at.size(); ++i) result.at[i] = x.at[i] * y.at[i];
  return result;
}

double of_pictures(const float* fake, const float* real, const MetricSetting& s) {
  double sum = 0;
  for (std::int64_t c = 0; c < s.channels; ++c) {
    sum += similarity(channel_of(fake, s.height, s.width, s.channels, c),
                      channel_of(real, s.height, s.width, s.channels, c), s.range())
               .whole;
  }
  return sum / static_cast<double>(s.channels);
}

}  // namespace

Plane channel_of(const float* picture, std::int64_t height, std::int64_t width,
                 std::int64_t channels, std::int64_t channel) {
  Plane plane{height, width, std::vector<double>(static_cast<std::size_t>(height * width))};
  for (std::size_t i = 0; i < plane.at.size(); ++i)
    plane.at[i] = picture[static_cast<std::int64_t>(i) * channels + channel];
  return plane;
}

Similarity similarity(const Plane& x, const Plane& y, double range) {
  const double c1 = kLuminance * range * kLuminance * range;
  const double c2 = kContrast * range * kContrast * range;
  const auto mx = smoothed(x), my = smoothed(y);
  const auto xx = smoothed(product(x, x)), yy = smoothed(product(y, y)),
             xy = smoothed(product(x, y));
  Similarity mean;
  for (std::size_t i = 0; i < mx.size(); ++i) {
    const double covariance = xy[i] - mx[i] * my[i];
    const double variances = xx[i] - mx[i] * mx[i] + yy[i] - my[i] * my[i];
    const double structure = (2 * covariance + c2) / (variances + c2);
    mean.structure += structure;
    mean.whole += structure * (2 * mx[i] * my[i] + c1) / (mx[i] * mx[i] + my[i] * my[i] + c1);
  }
  mean.structure /= static_cast<double>(mx.size());
  mean.whole /= static_cast<double>(mx.size());
  return mean;
}

std::unique_ptr<Metric> make_ssim(const MetricSetting& setting) {
  return mean_over_pairs("ssim", setting, of_pictures);
}

}  // namespace agon
