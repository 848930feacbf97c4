#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/base/error.h"
#include "runners/sweep/search/search.h"
#include "runners/sweep/search/sobol_point.h"

namespace agon {
namespace {

using Kind = Dimension::Kind;
using Method = SearchSpec::Kind;

Space conditional_space() {
  return {{.name = "a", .kind = Kind::Choice, .choices = 3},
          {.name = "b",
           .kind = Kind::Integer,
           .low = 1,
           .high = 4,
           .condition = {{.dimension = 0, .choices = {0}}}},
          {.name = "c",
           .kind = Kind::Choice,
           .choices = 2,
           .condition = {{.dimension = 0, .choices = {0, 2}}}},
          {.name = "d", .low = 0, .high = 1, .step = 0.5}};
}

TEST(Grid, GoesThroughEverySettingOnce) {
  const Space space = conditional_space();
  const auto grid = make_search({.kind = Method::Grid}, space, 1, 0);
  EXPECT_EQ(grid->size(), (4 * 2 + 1 + 2) * 3);
  EXPECT_FALSE(grid->learns());
  std::set<Point> seen;
  for (std::int64_t i = 0; i < *grid->size(); ++i) {
    const Point point = grid->propose(i, {}, {}).value();
    for (std::size_t k = 0; k < space.size(); ++k) {
      EXPECT_EQ(point[k].has_value(), is_active(space, point, k));
    }
    EXPECT_TRUE(seen.insert(point).second);
  }
  EXPECT_FALSE(grid->propose(*grid->size(), {}, {}));
  EXPECT_EQ(grid->propose(1, {}, {}), (Point{0.0, 1.0, 0.0, 0.5}));  // the last one goes fastest
}

std::string refusal(Method method, const Space& space, std::size_t objectives = 1) {
  try {
    make_search({.kind = method}, space, objectives, 0);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::Config);
    return error.what();
  }
  return "";
}

TEST(Grid, RefusesWhatHasNoEnd) {
  EXPECT_EQ(refusal(Method::Grid, {{.name = "lr", .low = 0, .high = 1}}),
            "a grid needs a step or a list of values for lr");
  const Dimension many{.name = "n", .kind = Kind::Integer, .low = 1, .high = 1001};
  EXPECT_EQ(refusal(Method::Grid, {many, many}),
            "a grid has at most 1000000 settings, got 1002001");
  const Space large(64, {.name = "n", .kind = Kind::Integer, .low = 1, .high = 1000});
  EXPECT_NE(refusal(Method::Grid, large), "");
}

TEST(Refusals, SayWhatToTake) {
  EXPECT_EQ(refusal(Method::Evolution, conditional_space()),
            "evolution takes numbers, but a is a choice; take tpe or gp");
  EXPECT_EQ(refusal(Method::Evolution, {{.name = "lr", .low = 0, .high = 1}}, 2),
            "evolution takes one objective, got 2; take tpe or gp");
  EXPECT_EQ(refusal(Method::Sobol, Space(65, {.name = "x", .low = 0, .high = 1})),
            "sobol takes at most 64 dimensions, got 65; take random");
}

TEST(Random, DrawsEvenly) {
  const Space space = {{.name = "lr", .low = 1e-4, .high = 1, .log = true}};
  const auto search = make_search({.kind = Method::Random}, space, 1, 7);
  int small = 0;
  for (std::int64_t i = 0; i < 2000; ++i) small += *search->propose(i, {}, {}).value()[0] < 1e-2;
  EXPECT_NEAR(small, 1000, 100);
}

/// In the first 2^k points of one coordinate, each of 2^k equal parts has one point, whatever the
/// shift; that is what the direction numbers have to bring about.
TEST(Sobol, EveryCoordinateIsEven) {
  RandomStream shift(3, "test");
  constexpr std::size_t count = 256;
  std::vector<std::vector<int>> hits(kSobolCoordinates, std::vector<int>(count));
  for (std::uint32_t i = 0; i < count; ++i) {
    RandomStream same = shift;
    const auto point = sobol_point(i, kSobolCoordinates, same);
    for (std::size_t k = 0; k < kSobolCoordinates; ++k) {
      ++hits[k][static_cast<std::size_t>(point[k] * count)];
    }
  }
  for (const auto& one : hits) {
    EXPECT_TRUE(std::all_of(one.begin(), one.end(), [](int n) { return n == 1; }));
  }
}

/// Points 0 to 7 of the first coordinates without shift, as Joe and Kuo's own program prints them
/// (there in the order of Gray's code).
TEST(Sobol, FirstPointsAreAsPublished) {
  const std::vector<std::vector<double>> published = {{0, 0, 0, 0},
                                                      {0.5, 0.5, 0.5, 0.5},
                                                      {0.75, 0.25, 0.25, 0.25},
                                                      {0.25, 0.75, 0.75, 0.75},
                                                      {0.375, 0.375, 0.625, 0.875},
                                                      {0.875, 0.875, 0.125, 0.375},
                                                      {0.625, 0.125, 0.875, 0.625},
                                                      {0.125, 0.625, 0.375, 0.125}};
  RandomStream shift(3, "test"), same = shift;
  const auto moved = sobol_point(0, 4, same);
  for (std::uint32_t i = 0; i < published.size(); ++i) {
    RandomStream again = shift;
    const auto point = sobol_point(i ^ (i >> 1), 4, again);
    for (std::size_t k = 0; k < 4; ++k) {
      const auto word = [](double x) { return static_cast<std::uint32_t>(x * 0x1p32); };
      EXPECT_EQ(word(point[k]) ^ word(moved[k]), word(published[i][k])) << i << " " << k;
    }
  }
}

}  // namespace
}  // namespace agon
