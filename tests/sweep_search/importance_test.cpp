#include "runners/sweep/search/importance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>

#include "runners/sweep/search/regression_forest.h"
#include "runners/sweep/search/settings.h"

namespace agon {
namespace {

using Kind = Dimension::Kind;
using Function = std::function<double(const Point&)>;

Space reals(std::size_t count) {
  return Space(count, {.name = "x", .low = 0, .high = 1});
}

/// Dimension 1 is there only where the choice before it is 1.
Space conditional() {
  Space space = reals(4);
  space[0] = {.name = "a", .kind = Kind::Choice, .choices = 2};
  space[1].condition = {{.dimension = 0, .choices = {1}}};
  return space;
}

std::vector<Tried> drawn(const Space& space, std::size_t count, const Function& value) {
  RandomStream random(11, "test/importance");
  std::vector<Tried> tried;
  for (std::size_t k = 0; k < count; ++k) {
    const Point point = draw_setting(space, random);
    tried.push_back({point, {value(point)}});
  }
  return tried;
}

std::vector<double> importances_of(const Space& space, std::size_t count, const Function& value) {
  return importances(space, drawn(space, count, value), 0, 3);
}

TEST(Importance, IsWithTheOnlyDimensionThatMatters) {
  const auto shares =
      importances_of(reals(3), 40, [](const Point& x) { return std::pow(*x[1] - 0.3, 2); });
  EXPECT_GT(shares[1], 0.9);
  EXPECT_DOUBLE_EQ(std::accumulate(shares.begin(), shares.end(), 0.0), 1);
}

TEST(Importance, GoesByTheVarianceThatADimensionBrings) {
  const auto shares =
      importances_of(reals(4), 100, [](const Point& x) { return 2 * *x[3] + *x[1]; });
  EXPECT_NEAR(shares[3], 0.8, 0.1);
  EXPECT_NEAR(shares[1], 0.2, 0.1);
  EXPECT_LT(shares[0] + shares[2], 0.05);
}

TEST(Importance, IsNotHiddenByASettingThatDiverged) {
  const Space space = reals(3);
  auto tried = drawn(space, 30, [](const Point& x) { return *x[1]; });
  tried[7].values[0] = 1e12;
  EXPECT_GT(importances(space, tried, 0, 3)[1], 0.9);
}

TEST(Importance, SeesDimensionsThatMatterOnlyTogether) {
  const auto shares =
      importances_of(reals(4), 150, [](const Point& x) { return (*x[0] - 0.5) * (*x[1] - 0.5); });
  EXPECT_GT(shares[0], 0.3);
  EXPECT_GT(shares[1], 0.3);
}

TEST(Importance, KnowsNoOrderAmongChoices) {
  Space space = reals(3);
  space[1] = {.name = "a", .kind = Kind::Choice, .choices = 6};
  const auto shares = importances_of(space, 80, [](const Point& x) {
    const bool good = *x[1] == 1 || *x[1] == 4;
    return (good ? 0.0 : 2.0) + *x[0];
  });
  // variances 8/9 and 1/12
  EXPECT_NEAR(shares[1], 0.91, 0.06);
  EXPECT_GT(shares[0], shares[2]);
}

TEST(Importance, ReadsNumbersOnTheirOwnScale) {
  Space space = reals(2), logs = space;
  logs[0] = {.name = "lr", .low = 1e-6, .high = 1, .log = true};
  const auto even = importances_of(space, 40, [](const Point& x) { return *x[0] + *x[1]; });
  const auto log =
      importances_of(logs, 40, [&](const Point& x) { return share_of(logs[0], *x[0]) + *x[1]; });
  EXPECT_NEAR(log[0], even[0], 1e-6);
}

TEST(Importance, OfAConditionalDimensionIsAmongTheSettingsThatHaveIt) {
  // dealing out a (to others), x1 and x2: errors of 1/48, 1/12 and 1/6
  const auto shares =
      importances_of(conditional(), 200, [](const Point& x) { return x[1].value_or(0.5) + *x[2]; });
  EXPECT_NEAR(shares[0], 0.08, 0.05);
  EXPECT_NEAR(shares[1], 0.31, 0.1);
  EXPECT_NEAR(shares[2], 0.61, 0.12);
}

TEST(Importance, OfBeingActiveIsTheDecidingChoices) {
  // variances 1/4 and 1/3
  const auto shares =
      importances_of(conditional(), 100, [](const Point& x) { return (x[1] ? 1 : 0) + 2 * *x[2]; });
  EXPECT_NEAR(shares[0], 0.43, 0.08);
  EXPECT_LT(shares[1], 0.02);
}

TEST(Importance, ReachesThroughConditionsOfConditions) {
  Space space = reals(4);
  space[0] = {.name = "a", .kind = Kind::Choice, .choices = 3};
  space[1] = {.name = "b",
              .kind = Kind::Choice,
              .choices = 2,
              .condition = {{.dimension = 0, .choices = {0, 2}}}};
  space[2].condition = {{.dimension = 1, .choices = {1}}};
  // dealing out a, b (to others), x2 and x3: errors of 1/27, 1/18, 2/9 and 1/6
  const auto shares =
      importances_of(space, 200, [](const Point& x) { return 2 * x[2].value_or(0.5) + *x[3]; });
  EXPECT_NEAR(shares[0], 0.08, 0.06);
  EXPECT_NEAR(shares[1], 0.12, 0.08);
  EXPECT_NEAR(shares[2], 0.46, 0.1);
  EXPECT_NEAR(shares[3], 0.35, 0.1);
}

TEST(Importance, IsNeverNegative) {
  const Space space = reals(5);
  RandomStream noise(2, "test/noise");
  const auto shares = importances_of(space, 30, [&](const Point&) { return noise.normal(); });
  for (const double share : shares) EXPECT_GE(share, 0);
  EXPECT_DOUBLE_EQ(std::accumulate(shares.begin(), shares.end(), 0.0), 1);
}

TEST(RegressionTree, StopsAtWhatItHasNotSeen) {
  const Space space = {{.name = "a", .kind = Kind::Choice, .choices = 3}};
  const ForestTable table{
      .space = space, .rows = {{0.0}, {2.0}, {0.0}, {2.0}}, .targets = {6, 1, 8, 1}};
  RandomStream random(1, "test/tree");
  const RegressionTree tree(table, {0, 1, 2, 3}, random);
  EXPECT_EQ(tree.predict({0.0}), 7);
  EXPECT_EQ(tree.predict({2.0}), 1);
  EXPECT_EQ(tree.predict({1.0}), 4);
  EXPECT_EQ(tree.predict({std::nullopt}), 4);
}

TEST(Importance, IsNothingWhereNothingCanBeSaid) {
  const std::vector<double> nothing(3);
  const Function first = [](const Point& x) { return *x[0]; };
  EXPECT_EQ(importances(reals(3), {}, 0, 3), nothing);
  EXPECT_EQ(importances_of(reals(3), 3, first), nothing);
  EXPECT_NE(importances_of(reals(3), 8, first), nothing);
  EXPECT_EQ(importances_of(reals(3), 40, [](const Point&) { return 0.1; }), nothing);
}

TEST(Importance, IgnoresSettingsWithoutValues) {
  const Space space = reals(3);
  const auto tried = drawn(space, 30, [](const Point& x) { return *x[0] + *x[2] / 3; });
  std::vector<Tried> more;
  for (const Tried& one : tried) {
    more.push_back({one.point, {}});
    more.push_back(one);
  }
  EXPECT_EQ(importances(space, more, 0, 3), importances(space, tried, 0, 3));
  EXPECT_EQ(importances(space, {more.data(), 7}, 0, 3), std::vector<double>(3));
}

TEST(Importance, IsOfTheObjectiveAskedFor) {
  const Space space = reals(2);
  auto tried = drawn(space, 40, [](const Point& x) { return *x[0]; });
  for (Tried& one : tried) one.values.push_back(*one.point[1]);
  EXPECT_GT(importances(space, tried, 0, 3)[0], 0.9);
  EXPECT_GT(importances(space, tried, 1, 3)[1], 0.9);
}

TEST(Importance, IsAPureFunctionWhateverTheScale) {
  const Function value = [](const Point& x) { return x[1].value_or(0.8) + *x[2] * *x[3]; };
  const auto shares = importances_of(conditional(), 50, value);
  EXPECT_EQ(importances_of(conditional(), 50, value), shares);
  for (const double scale : {1e-12, 1e12}) {
    const auto scaled = [&](const Point& x) { return scale * value(x); };
    EXPECT_EQ(importances_of(conditional(), 50, scaled), shares);
  }
  EXPECT_NE(importances(conditional(), drawn(conditional(), 50, value), 0, 4), shares);
}

}  // namespace
}  // namespace agon
