#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agon {

/// Features of all examples of both sides, row by row: one set for all metrics of a spec.
struct FeatureSets {
  std::int64_t numbers = 0;  // of an example
  std::vector<float> fake, real;
};

/// What is measured, as all metrics of a spec see it.
struct MetricSetting {
  std::int64_t count = 0;  // examples of each side, in all
  /// One example: a picture [height, width, channels], or numbers alone (height and width 1).
  std::int64_t height = 1, width = 1, channels = 1;
  double low = -1, high = 1;  // the range of a picture's numbers
  std::int64_t seed = 1;
  const FeatureSets* features = nullptr;  // full when values() is called; null without them
  std::vector<std::array<double, 2>> centres = {};  // of the modes of points
  double deviation = 0;                             // of a mode, in x and in y
  std::int64_t classes = 0;                         // that a classifier tells apart; 0 without one

  std::int64_t size() const { return height * width * channels; }
  double range() const { return high - low; }
};

/// Examples of both sides, one after another; row i of each comes from the same example.
struct MetricBatch {
  std::int64_t count = 0;
  const float* fake = nullptr;  // [count, setting.size()], pictures channels-last
  const float* real = nullptr;
  const float* fake_scores = nullptr;  // [count, setting.classes], of the classifier
};

using MetricValues = std::vector<std::pair<std::string, double>>;

/// One metric of one evaluation. Call inside Lanes::run.
class Metric {
 public:
  virtual ~Metric() = default;
  /// The next examples. Throws Error(Data) for a number that is not finite.
  virtual void add(const MetricBatch& batch) = 0;
  /// After all examples: each value by name, never NaN. Throws Error(Data) where it has none.
  virtual MetricValues values() = 0;
};

/// Changing how some metric is computed changes this; part of every specification.
inline constexpr int kMetricsVersion = 1;

/// How a metric of `graphs/words/metric.h` is computed.
struct MetricRow {
  std::string_view name;
  std::unique_ptr<Metric> (*make)(const MetricSetting& setting);
  /// Its fixed choices, for the specification ("128 directions"); empty where it has none.
  std::string_view choices;
};

/// Throws InternalError for a name that is not there.
const MetricRow& metric_row(std::string_view name);

std::unique_ptr<Metric> make_l1(const MetricSetting& setting);
std::unique_ptr<Metric> make_l2(const MetricSetting& setting);
std::unique_ptr<Metric> make_psnr(const MetricSetting& setting);
std::unique_ptr<Metric> make_ssim(const MetricSetting& setting);
std::unique_ptr<Metric> make_ms_ssim(const MetricSetting& setting);
std::unique_ptr<Metric> make_mode_coverage(const MetricSetting& setting);
std::unique_ptr<Metric> make_fid(const MetricSetting& setting);
std::unique_ptr<Metric> make_kid(const MetricSetting& setting);
std::unique_ptr<Metric> make_precision_recall(const MetricSetting& setting);
std::unique_ptr<Metric> make_density_coverage(const MetricSetting& setting);
std::unique_ptr<Metric> make_statistics(const MetricSetting& setting);
std::unique_ptr<Metric> make_sliced_wasserstein(const MetricSetting& setting);

}  // namespace agon
