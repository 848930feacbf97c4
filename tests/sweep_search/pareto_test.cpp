#include "runners/sweep/search/pareto.h"

#include <gtest/gtest.h>

namespace agon {
namespace {

std::vector<Tried> with_values(const std::vector<std::vector<double>>& values) {
  std::vector<Tried> tried;
  for (const auto& one : values) tried.push_back({{}, one});
  return tried;
}

TEST(Pareto, FrontIsWhatNoOtherBeats) {
  const auto tried = with_values({{1, 4}, {2, 2}, {}, {3, 3}, {4, 1}, {2, 2}, {1, 5}});
  EXPECT_EQ(pareto_front(tried), (std::vector<std::size_t>{0, 1, 4, 5}));
  EXPECT_TRUE(pareto_front({}).empty());
  EXPECT_EQ(pareto_front(with_values({{3}, {}, {2}})), (std::vector<std::size_t>{2}));
}

TEST(Pareto, HypervolumeOfBoxes) {
  EXPECT_DOUBLE_EQ(hypervolume({{1, 1}}, {3, 4}), 6);
  EXPECT_DOUBLE_EQ(hypervolume({{1, 2}, {2, 1}, {2, 2}}, {3, 3}), 3);
  EXPECT_DOUBLE_EQ(hypervolume({{0, 0, 1}, {1, 1, 0}}, {2, 2, 2}), 4 + 2 - 1);
  EXPECT_DOUBLE_EQ(hypervolume({{5, 5}}, {3, 3}), 0);
  EXPECT_DOUBLE_EQ(hypervolume({}, {3, 3}), 0);
}

TEST(Pareto, OrderGoesFrontByFrontAndWideFirst) {
  EXPECT_EQ(best_first(with_values({{3}, {}, {1}, {2}}), 2), (std::vector<std::size_t>{2, 3, 0}));
  const auto tried = with_values({{9, 9}, {0, 1}, {1, 0}, {0.45, 0.45}, {0.99, 0.2}});
  const auto order = best_first(tried, 3);
  EXPECT_EQ(order[0], 3u);  // the middle of the front covers most
  EXPECT_EQ(order.back(), 0u);
  EXPECT_EQ(order.size(), tried.size());
}

}  // namespace
}  // namespace agon
