#include "runners/metrics/pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/error.h"
#include "engine/runtime/cpu/lanes.h"

namespace agon {

namespace {

/// Two pictures equal to the last bit have no finite ratio; they count as this many dB.
constexpr double kMostDecibels = 100;

class PairMean final : public Metric {
 public:
  PairMean(std::string name, const MetricSetting& setting, OfPair of_pair)
      : name_(std::move(name)), setting_(setting), of_pair_(std::move(of_pair)) {}

  void add(const MetricBatch& batch) override {
    values_.resize(static_cast<std::size_t>(batch.count));
    const std::int64_t size = setting_.size();
    parallel_for(batch.count, 4, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        values_[static_cast<std::size_t>(i)] =
            of_pair_(batch.fake + i * size, batch.real + i * size, setting_);
      }
    });
    for (const double value : values_) {
      if (!std::isfinite(value)) {
        throw Error(ExitCode::Data, fmt::format("{}: fake or real holds a number that is not "
                                                "finite in example {}",
                                                name_, seen_));
      }
      sum_ += value;
      ++seen_;
    }
  }

  MetricValues values() override { return {{name_, sum_ / static_cast<double>(seen_)}}; }

 private:
  std::string name_;
  MetricSetting setting_;
  OfPair of_pair_;
  std::vector<double> values_;
  double sum_ = 0;
  std::int64_t seen_ = 0;
};

double mean_absolute(const float* fake, const float* real, const MetricSetting& setting) {
  double sum = 0;
  for (std::int64_t i = 0; i < setting.size(); ++i)
    sum += std::abs(static_cast<double>(fake[i]) - static_cast<double>(real[i]));
  return sum / static_cast<double>(setting.size());
}

double mean_square(const float* fake, const float* real, const MetricSetting& setting) {
  double sum = 0;
  for (std::int64_t i = 0; i < setting.size(); ++i) {
    const double d = static_cast<double>(fake[i]) - static_cast<double>(real[i]);
    sum += d * d;
  }
  return sum / static_cast<double>(setting.size());
}

double signal_to_noise(const float* fake, const float* real, const MetricSetting& setting) {
  const double error = mean_square(fake, real, setting) / (setting.range() * setting.range());
  if (std::isnan(error)) return error;
  return error <= 0 ? kMostDecibels : std::min(kMostDecibels, -10 * std::log10(error));
}

}  // namespace

std::unique_ptr<Metric> mean_over_pairs(std::string name, const MetricSetting& setting,
                                        OfPair of_pair) {
  return std::make_unique<PairMean>(std::move(name), setting, std::move(of_pair));
}

std::unique_ptr<Metric> make_l1(const MetricSetting& setting) {
  return mean_over_pairs("l1", setting, mean_absolute);
}

std::unique_ptr<Metric> make_l2(const MetricSetting& setting) {
  return mean_over_pairs("l2", setting, mean_square);
}

std::unique_ptr<Metric> make_psnr(const MetricSetting& setting) {
  return mean_over_pairs("psnr", setting, signal_to_noise);
}

}  // namespace agon
