#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "engine/base/error.h"
#include "engine/base/philox.h"
#include "engine/runtime/cpu/lanes.h"
#include "runners/metrics/metric.h"

namespace agon {

namespace {

constexpr std::int64_t kDirections = 128;

using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Floats =
    Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

/// Keeps what the examples project to, so that memory does not grow with their size.
class SlicedWasserstein final : public Metric {
 public:
  explicit SlicedWasserstein(const MetricSetting& setting)
      : setting_(setting), directions_(setting.size(), kDirections) {
    for (std::int64_t d = 0; d < kDirections; ++d) {
      RandomStream random(setting.seed, "metrics/sliced_wasserstein",
                          static_cast<std::uint64_t>(d));
      for (std::int64_t i = 0; i < setting.size(); ++i) directions_(i, d) = random.normal();
      directions_.col(d) /= directions_.col(d).norm();
    }
    fake_.resize(setting.count, kDirections);
    real_.resize(setting.count, kDirections);
  }

  void add(const MetricBatch& batch) override {
    // pieces of equal size, whatever the processors
    parallel_for(batch.count, 64, [&](std::int64_t begin, std::int64_t end) {
      for (const auto& [from, to] :
           {std::pair{batch.fake, &fake_}, std::pair{batch.real, &real_}}) {
        const Floats rows(from + begin * setting_.size(), end - begin, setting_.size());
        const Rows block = rows.cast<double>();
        to->middleRows(seen_ + begin, end - begin).noalias() = block * directions_;
      }
    });
    seen_ += batch.count;
  }

  MetricValues values() override {
    std::vector<double> squares(kDirections);
    parallel_for(kDirections, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t d = begin; d < end; ++d) squares[static_cast<std::size_t>(d)] = along(d);
    });
    double sum = 0;
    for (const double square : squares) sum += square;
    const double distance = std::sqrt(sum / kDirections);
    if (!std::isfinite(distance)) {
      throw Error(ExitCode::Data,
                  "sliced_wasserstein: fake or real holds a number that is not finite");
    }
    return {{"sliced_wasserstein", distance}};
  }

 private:
  /// Mean squared distance of the sorted projections on one direction.
  double along(std::int64_t direction) const {
    std::vector<double> a(static_cast<std::size_t>(seen_)), b(a.size());
    for (std::int64_t i = 0; i < seen_; ++i) {
      a[static_cast<std::size_t>(i)] = fake_(i, direction);
      b[static_cast<std::size_t>(i)] = real_(i, direction);
      if (!std::isfinite(a[static_cast<std::size_t>(i)]) ||
          !std::isfinite(b[static_cast<std::size_t>(i)]))
        return std::nan("");
    }
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum / static_cast<double>(seen_);
  }

  MetricSetting setting_;
  Eigen::MatrixXd directions_;  // [size, directions], each of length 1
  Rows fake_, real_;            // [count, directions]
  std::int64_t seen_ = 0;
};

}  // namespace

std::unique_ptr<Metric> make_sliced_wasserstein(const MetricSetting& setting) {
  return std::make_unique<SlicedWasserstein>(setting);
}

}  // namespace agon
