#include "runners/metrics/metric.h"

#include <algorithm>
#include <array>

#include "engine/base/error.h"

namespace agon {

namespace {
constexpr std::array kRows = {
    MetricRow{"l1", make_l1, ""},
    MetricRow{"l2", make_l2, ""},
    MetricRow{"psnr", make_psnr, "mean over pictures, equal ones count 100"},
    MetricRow{"ssim", make_ssim, "gaussian window of 11, sigma 1.5, k1 0.01, k2 0.03"},
    MetricRow{"ms_ssim", make_ms_ssim,
              "5 scales, halved by means of 2 x 2, gaussian window of 11, sigma 1.5"},
    MetricRow{"statistics", make_statistics, ""},
    MetricRow{"sliced_wasserstein", make_sliced_wasserstein, "128 directions, order 2"},
    MetricRow{"mode_coverage", make_mode_coverage, "good within 3 standard deviations"},
    MetricRow{"fid", make_fid, "unbiased covariances"},
    MetricRow{"kid", make_kid, "50 subsets of min(500, count / 2), kernel (x y / d + 1)^3"},
    MetricRow{"precision_recall", make_precision_recall, "3 neighbours"},
    MetricRow{"density_coverage", make_density_coverage, "5 neighbours"},
};
}  // namespace

const MetricRow& metric_row(std::string_view name) {
  const auto it =
      std::find_if(kRows.begin(), kRows.end(), [&](const MetricRow& r) { return r.name == name; });
  if (it == kRows.end()) throw InternalError("no metric named '" + std::string(name) + "'");
  return *it;
}

}  // namespace agon
