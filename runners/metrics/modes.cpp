#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/error.h"
#include "runners/metrics/metric.h"

namespace agon {

namespace {

constexpr double kGoodWithin = 3;  // standard deviations

/// Which modes generated examples reach: of points those of the set, else the classes that a
/// classifier reads.
class ModeCoverage final : public Metric {
 public:
  explicit ModeCoverage(const MetricSetting& setting)
      : setting_(setting),
        reached_(setting.centres.empty() ? static_cast<std::size_t>(setting.classes)
                                         : setting.centres.size()) {}

  void add(const MetricBatch& batch) override {
    for (std::int64_t i = 0; i < batch.count; ++i, ++seen_) {
      const std::int64_t mode = setting_.centres.empty()
                                    ? class_of(batch.fake_scores + i * setting_.classes)
                                    : mode_of(batch.fake + 2 * i);
      if (mode >= 0) ++reached_[static_cast<std::size_t>(mode)];
    }
  }

  MetricValues values() override {
    std::int64_t good = 0, met = 0;
    for (const std::int64_t count : reached_) {
      good += count;
      if (count > 0) ++met;
    }
    MetricValues values = {{"mode_coverage.modes", static_cast<double>(met)}};
    if (setting_.centres.empty()) {
      const auto least = *std::min_element(reached_.begin(), reached_.end());
      values.emplace_back("mode_coverage.smallest",
                          static_cast<double>(least) / static_cast<double>(seen_));
    } else {
      values.emplace_back("mode_coverage.good",
                          static_cast<double>(good) / static_cast<double>(seen_));
    }
    values.emplace_back("mode_coverage.kl", divergence(static_cast<double>(good)));
    return values;
  }

 private:
  /// The nearest mode, or -1 where it is too far.
  std::int64_t mode_of(const float* xy) const {
    const double x = xy[0], y = xy[1];
    if (!std::isfinite(x) || !std::isfinite(y)) refuse();
    std::int64_t nearest = -1;
    double least = kGoodWithin * setting_.deviation * kGoodWithin * setting_.deviation;
    for (std::size_t m = 0; m < setting_.centres.size(); ++m) {
      const double dx = x - setting_.centres[m][0], dy = y - setting_.centres[m][1];
      if (dx * dx + dy * dy > least) continue;
      least = dx * dx + dy * dy;
      nearest = static_cast<std::int64_t>(m);
    }
    return nearest;
  }

  std::int64_t class_of(const float* scores) const {
    for (std::int64_t c = 0; c < setting_.classes; ++c) {
      if (!std::isfinite(scores[c])) refuse();
    }
    return std::max_element(scores, scores + setting_.classes) - scores;
  }

  [[noreturn]] void refuse() const {
    throw Error(ExitCode::Data,
                fmt::format("mode_coverage: a number is not finite in example {}", seen_));
  }

  /// Of the shares of good examples from even ones; where none is good, as if all were in one mode.
  double divergence(double good) const {
    const auto modes = static_cast<double>(reached_.size());
    if (good <= 0) return std::log(modes);
    double sum = 0;
    for (const std::int64_t count : reached_) {
      const double share = static_cast<double>(count) / good;
      if (share > 0) sum += share * std::log(share * modes);
    }
    return sum;
  }

  MetricSetting setting_;
  std::vector<std::int64_t> reached_;
  std::int64_t seen_ = 0;
};

}  // namespace

std::unique_ptr<Metric> make_mode_coverage(const MetricSetting& setting) {
  return std::make_unique<ModeCoverage>(setting);
}

}  // namespace agon
