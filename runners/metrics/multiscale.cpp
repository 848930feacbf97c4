#include <array>
#include <cmath>

#include "runners/metrics/pairs.h"
#include "runners/metrics/similarity.h"

namespace agon {

namespace {

/// Of the scales from fine to coarse (Wang, Simoncelli, Bovik: "Multiscale structural similarity
/// for image quality assessment", Asilomar 2003).
constexpr std::array kWeights = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

/// Means of 2 x 2 pixels; an odd last row or column is left out.
Plane halved(const Plane& plane) {
  Plane half{plane.height / 2, plane.width / 2, {}};
  for (std::int64_t row = 0; row < half.height; ++row) {
    for (std::int64_t column = 0; column < half.width; ++column) {
      const double* from = &plane.at[static_cast<std::size_t>(2 * row * plane.width + 2 * column)];
      half.at.push_back((from[0] + from[1] + from[plane.width] + from[plane.width + 1]) / 4);
    }
  }
  return half;
}

/// Structure of the finer scales times the whole similarity of the coarsest, each to its weight;
/// what is negative counts as 0.
double over_scales(Plane x, Plane y, double range) {
  double product = 1;
  for (std::size_t scale = 0; scale < kWeights.size(); ++scale) {
    const Similarity found = similarity(x, y, range);
    const bool last = scale + 1 == kWeights.size();
    const double term = last ? found.whole : found.structure;
    if (std::isnan(term)) return term;
    product *= std::pow(std::max(term, 0.0), kWeights[scale]);
    if (last) break;
    x = halved(x);
    y = halved(y);
  }
  return product;
}

double of_pictures(const float* fake, const float* real, const MetricSetting& s) {
  double sum = 0;
  for (std::int64_t c = 0; c < s.channels; ++c) {
    sum += over_scales(channel_of(fake, s.height, s.width, s.channels, c),
                       channel_of(real, s.height, s.width, s.channels, c), s.range());
  }
  return sum / static_cast<double>(s.channels);
}

}  // namespace

std::unique_ptr<Metric> make_ms_ssim(const MetricSetting& setting) {
  return mean_over_pairs("ms_ssim", setting, of_pictures);
}

}  // namespace agon
