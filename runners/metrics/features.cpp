#include "runners/metrics/features.h"

#include <fmt/format.h>

#include "engine/base/error.h"

namespace agon {

namespace {

FeatureRows checked(std::string_view metric, const char* side, const std::vector<float>& values,
                    std::int64_t numbers) {
  using Floats =
      Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
  const auto count = static_cast<std::int64_t>(values.size()) / numbers;
  FeatureRows rows = Floats(values.data(), count, numbers).cast<double>();
  for (std::int64_t i = 0; i < count; ++i) {
    if (!rows.row(i).allFinite()) {
      throw Error(ExitCode::Data,
                  fmt::format("{}: a feature of {} is not finite in example {}", metric, side, i));
    }
  }
  return rows;
}

class OverFeatures final : public Metric {
 public:
  OverFeatures(std::string_view name, const MetricSetting& setting, OfFeatures of_features)
      : name_(name), setting_(setting), of_features_(std::move(of_features)) {}

  void add(const MetricBatch&) override {}  // the features are kept for all metrics together

  MetricValues values() override {
    MetricValues values = of_features_(checked_features(name_, *setting_.features), setting_.seed);
    for (const auto& [name, value] : values) {
      if (!std::isfinite(value))
        throw Error(ExitCode::Data, name + " has no finite value: features are too large");
    }
    return values;
  }

 private:
  std::string name_;
  MetricSetting setting_;
  OfFeatures of_features_;
};

}  // namespace

FeaturePair checked_features(std::string_view metric, const FeatureSets& sets) {
  return {checked(metric, "fake", sets.fake, sets.numbers),
          checked(metric, "real", sets.real, sets.numbers)};
}

std::unique_ptr<Metric> over_features(std::string_view name, const MetricSetting& setting,
                                      OfFeatures of_features) {
  return std::make_unique<OverFeatures>(name, setting, std::move(of_features));
}

}  // namespace agon
