#include <gtest/gtest.h>

#include <cmath>

#include "runners/health/signals.h"

/// The numbers behind health signals, by hand.
namespace agon {
namespace {

TEST(HealthSignals, CountScoresOnTheirSide) {
  const std::vector<float> scores = {-2, 0, 1, 3};
  EXPECT_EQ(share_above(scores, 0), 0.5);
  EXPECT_EQ(share_above(scores, 0.5), 0.5);
  // sigmoid(-9.2) = 1.01e-4, sigmoid(-9.3) = 9.1e-5
  EXPECT_EQ(share_vanished(std::vector<float>{-9.2F, -9.3F, 0, 5}), 0.25);
  EXPECT_EQ(mean_of(scores), 0.5);
  EXPECT_DOUBLE_EQ(standard_deviation(scores), std::sqrt((6.25 + 0.25 + 0.25 + 6.25) / 4));
}

TEST(HealthSignals, TellHowFarHeldOutExamplesAreTakenForGeneratedOnes) {
  const std::vector<float> trained_on = {3, 5}, generated = {-5, -3};
  EXPECT_EQ(overfitting(trained_on, trained_on, generated).value, 0);
  EXPECT_EQ(overfitting(trained_on, generated, generated).value, 1);
  // by 2 of 8; each mean has the error 1, the ratio sqrt(0.75^2 + 1 + 0.25^2) / 8
  const Estimate some = overfitting(trained_on, std::vector<float>{1, 3}, generated);
  EXPECT_EQ(some.value, 0.25);
  EXPECT_DOUBLE_EQ(some.error, std::sqrt(0.5625 + 1 + 0.0625) / 8);
  // of one that does not tell them apart, or of too few, nothing is known
  EXPECT_FALSE(std::isfinite(overfitting(generated, trained_on, trained_on).error));
  EXPECT_FALSE(std::isfinite(overfitting(trained_on, trained_on, trained_on).error));
  EXPECT_FALSE(std::isfinite(overfitting(trained_on, std::vector<float>{1}, generated).error));
  EXPECT_EQ(row_means(std::vector<float>{1, 3, 5, 9}, 2), (std::vector<float>{2, 7}));
}

TEST(HealthSignals, MeasureDistancesOfPairs) {
  const std::vector<float> points = {0, 0, 3, 4, 0, 0};
  EXPECT_DOUBLE_EQ(mean_distance({.values = points, .count = 3}), (5 + 0 + 5) / 3.0);
  EXPECT_EQ(mean_distance({.values = points, .count = 1}), 0);
  const std::vector<float> others = {0, 1, 3, 4, 9, 9};
  EXPECT_EQ(mean_distance({.values = points, .count = 3}, {.values = others, .count = 3},
                          {true, true, false}),
            0.5);
}

TEST(HealthSignals, SeeLargePicturesCoarsely) {
  std::vector<float> picture(32 * 32);
  for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = i % 2 == 0 ? 1.0F : -1.0F;
  const Examples one{.values = picture, .count = 1, .height = 32, .width = 32, .channels = 1};
  EXPECT_EQ(coarse(one), std::vector<float>(16 * 16, 0));
  const Examples small{.values = picture, .count = 4, .height = 16, .width = 16, .channels = 1};
  EXPECT_EQ(coarse(small), picture);
  // 28 rows in 16: each of one or two, all of them counted
  std::vector<float> ramp(28 * 28);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<float>(i / 28);
  const auto seen = coarse({.values = ramp, .count = 1, .height = 28, .width = 28, .channels = 1});
  ASSERT_EQ(seen.size(), 256u);
  EXPECT_EQ(seen[0], 0);
  EXPECT_EQ(seen[16], 1.5);  // rows 1 and 2
  EXPECT_EQ(seen[255], 26.5);
}

TEST(HealthSignals, FindWhatIsSaturatedAndWhatIsStill) {
  const std::vector<float> values = {-1, -0.995F, -0.98F, 0, 0.98F, 0.995F, 1, 1};
  EXPECT_EQ(share_saturated(values, -1, 1), 5.0 / 8);
  const std::vector<float> pictures = {0, 1, 0.5F, 0, 0.999F, 0.25F};
  const Examples two{.values = pictures, .count = 2};
  EXPECT_DOUBLE_EQ(share_still(two, 1.0 / 255), 2.0 / 3);
  EXPECT_DOUBLE_EQ(share_still(two, 0), 0);
}

TEST(HealthSignals, CountActiveUnitsAndNats) {
  // the first unit varies by 0.25, the second by 0.0025
  const std::vector<float> means = {0, 0, 1, 0.1F};
  EXPECT_EQ(share_active(means, 2), 0.5);
  const std::vector<float> logvars = {0, 0, 0, std::log(2.0F)};
  const double of_means = (1 + 0.01) / 2, of_variance = (2 - 1 - std::log(2.0)) / 2;
  EXPECT_NEAR(mean_divergence(means, logvars, 2), (of_means + of_variance) / 2, 1e-7);
}

}  // namespace
}  // namespace agon
