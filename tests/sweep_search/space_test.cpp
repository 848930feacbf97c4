#include "runners/sweep/search/space.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "runners/sweep/search/cells.h"

namespace agon {
namespace {

using Kind = Dimension::Kind;

const std::vector<Dimension> kDimensions = {
    {.name = "choice", .kind = Kind::Choice, .choices = 3},
    {.name = "whole", .kind = Kind::Integer, .low = -2, .high = 5},
    {.name = "whole log", .kind = Kind::Integer, .low = 1, .high = 100, .log = true},
    {.name = "whole steps", .kind = Kind::Integer, .low = 16, .high = 130, .step = 16},
    {.name = "steps", .low = 0, .high = 0.5, .step = 0.1},
    {.name = "steps log", .low = 0.5, .high = 4, .log = true, .step = 0.5},
    {.name = "one", .kind = Kind::Integer, .low = 7, .high = 7},
};

TEST(Space, ValuesOfStepsAreThereAndBack) {
  for (const Dimension& dimension : kDimensions) {
    std::set<double> values;
    for (int k = 0; k < 20000; ++k) {
      const double u = k / 20000.0, value = value_at(dimension, u);
      values.insert(value);
      EXPECT_EQ(value_at(dimension, share_of(dimension, value)), value) << dimension.name;
      const Cell cell = cell_of(dimension, value);
      EXPECT_GE(u, cell.from - 1e-9) << dimension.name;
      EXPECT_LE(u, cell.to + 1e-9) << dimension.name;
    }
    EXPECT_EQ(static_cast<std::int64_t>(values.size()), value_count(dimension)) << dimension.name;
  }
}

TEST(Space, StepsAreWrittenAsAPersonWould) {
  const Dimension steps{.name = "dropout", .low = 0, .high = 0.5, .step = 0.1};
  EXPECT_EQ(value_at(steps, 0.58), 0.3);
  EXPECT_EQ(value_at(steps, 0.99), 0.5);
}

TEST(Space, LogarithmsShareOutEqually) {
  const Dimension real{.name = "lr", .low = 1e-4, .high = 1, .log = true};
  EXPECT_NEAR(value_at(real, 0.5), 1e-2, 1e-12);
  EXPECT_NEAR(share_of(real, 1e-3), 0.25, 1e-12);
  EXPECT_EQ(value_at(real, 0), 1e-4);
  EXPECT_FALSE(value_count(real));
  const Cell low = cell_of(kDimensions[2], 1), high = cell_of(kDimensions[2], 100);
  EXPECT_GT(low.width(), 10 * high.width());
}

TEST(Space, ActiveWhereItsConditionHolds) {
  const Space space = {{.name = "a", .kind = Kind::Choice, .choices = 3},
                       {.name = "b",
                        .kind = Kind::Choice,
                        .choices = 2,
                        .condition = {{.dimension = 0, .choices = {1, 2}}}},
                       {.name = "c", .condition = {{.dimension = 1, .choices = {0}}}}};
  EXPECT_FALSE(is_active(space, {0.0, {}, {}}, 1));
  EXPECT_TRUE(is_active(space, {2.0, {}, {}}, 1));
  EXPECT_TRUE(is_active(space, {2.0, 0.0, {}}, 2));
  EXPECT_FALSE(is_active(space, {2.0, 1.0, {}}, 2));
  EXPECT_FALSE(is_active(space, {0.0, {}, {}}, 2));
}

}  // namespace
}  // namespace agon
