#include <fmt/format.h>

#include <cmath>

#include "engine/base/error.h"
#include "runners/metrics/metric.h"

namespace agon {

namespace {

/// Beyond this many numbers a point is measured as a whole, not coordinate by coordinate.
constexpr std::int64_t kMostGroups = 8;

/// Sums of the numbers of one group; the first number is taken off so that nothing cancels.
struct Sums {
  double origin = 0, sum = 0, squares = 0;
  double count = 0;

  void add(double x) {
    if (count == 0) origin = x;
    sum += x - origin;
    squares += (x - origin) * (x - origin);
    ++count;
  }
  double mean() const { return origin + sum / count; }
  double deviation() const {
    const double mean = sum / count;
    return std::sqrt(std::max(0.0, squares / count - mean * mean));
  }
};

class Statistics final : public Metric {
 public:
  explicit Statistics(const MetricSetting& setting)
      : setting_(setting), groups_(setting.channels <= kMostGroups ? setting.channels : 1) {
    fake_.resize(static_cast<std::size_t>(groups_));
    real_.resize(static_cast<std::size_t>(groups_));
  }

  void add(const MetricBatch& batch) override {
    add(batch.fake, batch.count, fake_);
    add(batch.real, batch.count, real_);
  }

  MetricValues values() override {
    MetricValues values;
    double means = 0, deviations = 0;
    for (std::size_t g = 0; g < fake_.size(); ++g) {
      const std::string prefix = "statistics." + group_name(g);
      values.emplace_back(prefix + "fake_mean", fake_[g].mean());
      values.emplace_back(prefix + "real_mean", real_[g].mean());
      values.emplace_back(prefix + "fake_std", fake_[g].deviation());
      values.emplace_back(prefix + "real_std", real_[g].deviation());
      means += std::abs(fake_[g].mean() - real_[g].mean());
      deviations += std::abs(fake_[g].deviation() - real_[g].deviation());
    }
    values.emplace_back("statistics.mean_difference", means / static_cast<double>(groups_));
    values.emplace_back("statistics.std_difference", deviations / static_cast<double>(groups_));
    for (const auto& [name, value] : values) {
      if (!std::isfinite(value))
        throw Error(ExitCode::Data, name + ": fake or real holds a number that is not finite");
    }
    return values;
  }

 private:
  void add(const float* numbers, std::int64_t count, std::vector<Sums>& sums) const {
    const std::int64_t all = count * setting_.size();
    for (std::int64_t i = 0; i < all; ++i)
      sums[static_cast<std::size_t>(i % groups_)].add(numbers[i]);
  }

  /// "red.", "x.", "2."; nothing for a lone group.
  std::string group_name(std::size_t group) const {
    static const char* const kColours[] = {"red.", "green.", "blue."};
    static const char* const kAxes[] = {"x.", "y."};
    const bool picture = setting_.height > 1 || setting_.width > 1;
    if (groups_ == 1) return "";
    if (picture && groups_ == 3) return kColours[group];
    if (!picture && groups_ == 2) return kAxes[group];
    return fmt::format("{}.", group);
  }

  MetricSetting setting_;
  std::int64_t groups_;
  std::vector<Sums> fake_, real_;
};

}  // namespace

std::unique_ptr<Metric> make_statistics(const MetricSetting& setting) {
  return std::make_unique<Statistics>(setting);
}

}  // namespace agon
