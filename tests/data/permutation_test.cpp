#include "runners/data/permutation.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <vector>

namespace agon {
namespace {

std::vector<std::int64_t> order_of(std::int64_t count, std::uint64_t tweak) {
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < count; ++i) {
    order.push_back(permuted(stream_key(7, "permutation"), tweak, count, i));
  }
  return order;
}

TEST(Permutation, TakesEveryPlaceOnce) {
  for (const std::int64_t count :
       {1, 2, 3, 4, 5, 7, 10, 16, 17, 63, 64, 65, 100, 255, 256, 257, 1000, 4096, 20000, 60000}) {
    std::vector<int> seen(static_cast<std::size_t>(count));
    for (const std::int64_t i : order_of(count, 3)) {
      ASSERT_GE(i, 0);
      ASSERT_LT(i, count);
      ++seen[static_cast<std::size_t>(i)];
    }
    for (const int times : seen) ASSERT_EQ(times, 1) << "of " << count;
  }
}

TEST(Permutation, DiffersFromEpochToEpoch) {
  const std::vector<std::int64_t> first = order_of(1000, 0);
  const std::vector<std::int64_t> second = order_of(1000, 1);
  int equal = 0;
  for (std::size_t i = 0; i < first.size(); ++i) equal += first[i] == second[i];
  EXPECT_LT(equal, 8);  // 1 expected
}

TEST(Permutation, ReachesAllOrdersOfFewAboutEquallyOften) {
  std::map<std::vector<std::int64_t>, int> times;
  const int tries = 24 * 500;
  for (int tweak = 0; tweak < tries; ++tweak) ++times[order_of(4, static_cast<unsigned>(tweak))];
  ASSERT_EQ(times.size(), 24u);
  double chi2 = 0;
  for (const auto& [order, n] : times) chi2 += (n - 500.0) * (n - 500.0) / 500;
  EXPECT_LT(chi2, 49.7);  // 23 degrees of freedom, 1 in 1000
}

TEST(Permutation, SpreadsNeighboursEvenly) {
  // Where 0 and where its neighbour land, in a table of 8 x 8 regions, over many epochs.
  constexpr std::int64_t kCount = 20000;
  constexpr int kTries = 64 * 200;
  std::array<int, 64> table{};
  for (int tweak = 0; tweak < kTries; ++tweak) {
    const PhiloxKey key = stream_key(7, "permutation");
    const auto epoch = static_cast<std::uint64_t>(tweak);
    const std::int64_t a = permuted(key, epoch, kCount, 0) * 8 / kCount;
    const std::int64_t b = permuted(key, epoch, kCount, 1) * 8 / kCount;
    ++table[static_cast<std::size_t>(8 * a + b)];
  }
  double chi2 = 0;
  for (const int n : table) chi2 += (n - 200.0) * (n - 200.0) / 200;
  EXPECT_LT(chi2, 103.4);  // 63 degrees of freedom, 1 in 1000
}

}  // namespace
}  // namespace agon
