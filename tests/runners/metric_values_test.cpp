#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/runtime/cpu/lanes.h"
#include "graphs/words/metric.h"
#include "runners/metrics/features.h"
#include "runners/metrics/metric.h"

/// Metrics against what other programs say (tests/peer/metric_values.py makes the same inputs).
namespace agon {
namespace {

constexpr double kAgreement = 1e-4;  // relative

double unit(std::uint32_t i) {
  std::uint32_t x = i * 2654435761U + 12345U;
  x ^= x >> 15;
  x *= 2246822519U;
  x ^= x >> 13;
  x *= 3266489917U;
  x ^= x >> 16;
  return static_cast<double>(x >> 8) / (1 << 24);
}

struct Sides {
  std::vector<float> fake, real;
  std::int64_t count = 0;
};

Sides pictures(std::int64_t count, const MetricSetting& s) {
  Sides sides{{}, {}, count};
  std::uint32_t k = 0;
  for (std::int64_t n = 0; n < count; ++n) {
    for (std::int64_t y = 0; y < s.height; ++y) {
      for (std::int64_t x = 0; x < s.width; ++x) {
        for (std::int64_t c = 0; c < s.channels; ++c, ++k) {
          const double wave =
              0.7 * std::sin(0.21 * static_cast<double>(y) + 0.5 * static_cast<double>(n)) *
              std::cos(0.17 * static_cast<double>(x) + 0.9 * static_cast<double>(c));
          sides.real.push_back(static_cast<float>(wave + 0.2 * (2 * unit(k) - 1)));
          sides.fake.push_back(
              static_cast<float>(0.8 * wave + 0.15 * (2 * unit(k + 7777777) - 1) + 0.05));
        }
      }
    }
  }
  return sides;
}

FeaturePair features(std::int64_t count, std::int64_t size) {
  const auto base = [&](std::int64_t side, std::int64_t i, std::int64_t j) {
    const auto first = static_cast<std::uint32_t>(((side * count + i) * size + j % size) * 4);
    return unit(first) + unit(first + 1) + unit(first + 2) + unit(first + 3) - 2;
  };
  FeaturePair pair{FeatureRows(count, size), FeatureRows(count, size)};
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t j = 0; j < size; ++j) {
      pair.fake(i, j) = static_cast<float>(1.2 * base(0, i, j) + 0.3 * base(0, i, j + 2) + 0.25);
      pair.real(i, j) = static_cast<float>(base(1, i, j) + 0.5 * base(1, i, j + 1));
    }
  }
  return pair;
}

Lanes& lanes() {
  static Lanes two(2);
  return two;
}

/// Values of a metric fed in batches of 3.
std::map<std::string, double> measured(const std::string& name, MetricSetting setting,
                                       const Sides& sides) {
  setting.count = sides.count;
  std::map<std::string, double> found;
  lanes().run([&] {
    const auto metric = metric_row(name).make(setting);
    for (std::int64_t first = 0; first < sides.count; first += 3) {
      MetricBatch batch;
      batch.count = std::min<std::int64_t>(3, sides.count - first);
      batch.fake = sides.fake.data() + first * setting.size();
      batch.real = sides.real.data() + first * setting.size();
      batch.fake_scores = batch.fake;
      metric->add(batch);
    }
    for (const auto& [value_name, value] : metric->values()) found[value_name] = value;
  });
  return found;
}

std::map<std::string, double> of_features(const std::string& name, const FeaturePair& pair) {
  FeatureSets sets{pair.fake.cols(), {}, {}};
  sets.fake.assign(pair.fake.data(), pair.fake.data() + pair.fake.size());
  sets.real.assign(pair.real.data(), pair.real.data() + pair.real.size());
  std::map<std::string, double> found;
  lanes().run([&] {
    const auto metric = metric_row(name).make({.count = pair.fake.rows(), .features = &sets});
    for (const auto& [value_name, value] : metric->values()) found[value_name] = value;
  });
  return found;
}

const nlohmann::json& peer() {
  static const nlohmann::json values =
      nlohmann::json::parse(std::ifstream(AGON_SOURCE_DIR "/tests/peer/metric_values.json"));
  return values;
}

void expect_agreement(const std::map<std::string, double>& found, std::size_t at_least) {
  std::size_t compared = 0;
  for (const auto& [name, value] : found) {
    if (!peer().contains(name)) continue;
    const double theirs = peer()[name];
    EXPECT_NEAR(value, theirs, kAgreement * std::abs(theirs)) << name;
    ++compared;
  }
  EXPECT_GE(compared, at_least);
}

const MetricSetting kSmall = {.height = 16, .width = 13, .channels = 3};

TEST(MetricValues, OfSmallPicturesAreThoseOfOtherPrograms) {
  const Sides sides = pictures(4, kSmall);
  for (const char* name : {"psnr", "ssim", "l1", "l2", "sliced_wasserstein"})
    expect_agreement(measured(name, kSmall, sides), 1);
  expect_agreement(measured("statistics", kSmall, sides), 12);
}

TEST(MetricValues, OverScalesAreThoseOfOtherPrograms) {
  const MetricSetting large = {.height = 192, .width = 176, .channels = 3};
  expect_agreement(measured("ms_ssim", large, pictures(2, large)), 1);
}

TEST(MetricValues, OfFeaturesAreThoseOfOtherPrograms) {
  const FeaturePair pair = features(60, 6);
  expect_agreement(of_features("fid", pair), 1);
  expect_agreement(of_features("precision_recall", pair), 2);
  expect_agreement(of_features("density_coverage", pair), 2);
  EXPECT_NEAR(squared_discrepancy(pair.fake, pair.real), peer()["kid"],
              kAgreement * peer()["kid"].get<double>());
  // subsets of half the examples estimate the same number
  const auto kid = of_features("kid", pair);
  EXPECT_NEAR(kid.at("kid"), peer()["kid"], 4 * kid.at("kid.std") / std::sqrt(50.0));
}

TEST(MetricValues, OfEqualSidesAreTheBestThereAre) {
  Sides same = pictures(4, kSmall);
  same.fake = same.real;
  EXPECT_EQ(measured("l1", kSmall, same).at("l1"), 0);
  EXPECT_EQ(measured("psnr", kSmall, same).at("psnr"), 100);
  EXPECT_NEAR(measured("ssim", kSmall, same).at("ssim"), 1, 1e-12);
  EXPECT_EQ(measured("sliced_wasserstein", kSmall, same).at("sliced_wasserstein"), 0);
  FeaturePair pair = features(60, 6);
  pair.fake = pair.real;
  EXPECT_NEAR(of_features("fid", pair).at("fid"), 0, 1e-12);
  EXPECT_EQ(of_features("precision_recall", pair).at("precision"), 1);
  EXPECT_EQ(of_features("precision_recall", pair).at("recall"), 1);
  EXPECT_EQ(of_features("density_coverage", pair).at("coverage"), 1);
}

/// Everything made is one example: what the mean of a loss would not show.
TEST(MetricValues, OfACollapseAreBad) {
  FeaturePair pair = features(60, 6);
  for (std::int64_t i = 0; i < 60; ++i) pair.fake.row(i) = pair.real.row(7);
  EXPECT_EQ(of_features("precision_recall", pair).at("precision"), 1);
  EXPECT_LE(of_features("precision_recall", pair).at("recall"), 1 / 60.0);
  EXPECT_LE(of_features("density_coverage", pair).at("coverage"), 0.3);
  EXPECT_GT(of_features("fid", pair).at("fid"), 1);
}

TEST(MetricValues, OfPointsCountTheModesThatAreReached) {
  MetricSetting setting = {.channels = 2};
  setting.centres = {{0, 0}, {1, 0}, {0, 1}, {1, 1}};
  setting.deviation = 0.02;
  // two of mode 0, one of mode 1 at 2.9 deviations, one between modes
  const Sides sides = {{0, 0.01F, 0.01F, 0, 1.058F, 0, 0.5F, 0.5F}, {}, 4};
  const auto found = measured("mode_coverage", setting, sides);
  EXPECT_EQ(found.at("mode_coverage.modes"), 2);
  EXPECT_EQ(found.at("mode_coverage.good"), 0.75);
  EXPECT_NEAR(found.at("mode_coverage.kl"),
              2 / 3.0 * std::log(8 / 3.0) + 1 / 3.0 * std::log(4 / 3.0), 1e-12);
}

TEST(MetricValues, OfLabelledExamplesCountTheClassesThatAreReached) {
  const MetricSetting setting = {.channels = 3, .classes = 3};  // the examples are their scores
  const Sides sides = {{3, 1, 2, 0, 9, 1, 5, 4, 3, 1, 2, 0}, {}, 4};
  const auto found = measured("mode_coverage", setting, sides);
  EXPECT_EQ(found.at("mode_coverage.modes"), 2);
  EXPECT_EQ(found.at("mode_coverage.smallest"), 0);
  EXPECT_NEAR(found.at("mode_coverage.kl"), std::log(1.5), 1e-12);
}

TEST(MetricValues, AreNeverSilentlyNotNumbers) {
  for (const MetricDef& def : metrics()) {
    if (def.needs == MetricNeeds::Losses || def.needs == MetricNeeds::Features) continue;
    MetricSetting setting = kSmall;
    if (def.name == "ms_ssim") setting.height = setting.width = 176;
    setting.classes = 3;
    Sides sides = pictures(2, setting);
    sides.fake[0] = std::nanf("");
    EXPECT_THROW(measured(def.name, setting, sides), Error) << def.name;
  }
  FeaturePair pair = features(60, 6);
  pair.fake(59, 5) = INFINITY;
  for (const char* name : {"fid", "kid", "precision_recall", "density_coverage"})
    EXPECT_THROW(of_features(name, pair), Error) << name;
}

TEST(MetricValues, HaveARowForEveryWord) {
  for (const MetricDef& def : metrics()) {
    if (def.needs != MetricNeeds::Losses) {
      EXPECT_EQ(metric_row(def.name).name, def.name);
    }
  }
}

TEST(MetricValues, AreTheSameBitsOnAnyNumberOfLanes) {
  const Sides sides = pictures(40, kSmall);
  const auto on = [&](int count) {
    std::vector<double> values;
    Lanes own(count);
    own.run([&] {
      for (const char* name : {"ssim", "psnr", "sliced_wasserstein", "statistics"}) {
        MetricSetting setting = kSmall;
        setting.count = sides.count;
        const auto metric = metric_row(name).make(setting);
        metric->add({.count = sides.count, .fake = sides.fake.data(), .real = sides.real.data()});
        for (const auto& [value_name, value] : metric->values()) values.push_back(value);
      }
    });
    return values;
  };
  EXPECT_EQ(on(1), on(4));
}

}  // namespace
}  // namespace agon
