#include <gtest/gtest.h>

#include "engine/base/philox.h"
#include "engine/plan/memory.h"

namespace agon {
namespace {

TEST(Packing, KnownPlans) {
  struct Case {
    const char* what;
    std::vector<Lifetime> lives;
    std::vector<std::size_t> offsets;
    std::size_t bytes;
  };
  const Case cases[] = {
      {"nothing", {}, {}, 0},
      {"neighbours in time share", {{64, 0, 1}, {64, 2, 3}}, {0, 0}, 64},
      {"the last instruction of one is the first of the other: apart",
       {{64, 0, 1}, {64, 1, 2}},
       {0, 64},
       128},
      {"sizes are rounded up to 64", {{1, 0, 1}, {65, 0, 1}}, {128, 0}, 192},
      {"empty tensors take no room", {{0, 0, 5}, {64, 0, 5}}, {0, 0}, 64},
      {"the smallest gap that fits",
       // at time 1 the gaps are [0, 320) and [576, 768)
       {{320, 0, 0}, {256, 0, 2}, {192, 0, 0}, {128, 0, 2}, {100, 1, 1}},
       {0, 320, 576, 768, 576},
       896},
  };
  for (const Case& c : cases) {
    const Packing packing = pack(c.lives);
    EXPECT_EQ(packing.offsets, c.offsets) << c.what;
    EXPECT_EQ(packing.bytes, c.bytes) << c.what;
  }
}

TEST(Packing, NeverOverlapsAndStaysNearThePeak) {
  double excess = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomStream random(static_cast<std::int64_t>(seed), "packing");
    std::vector<Lifetime> lives(1 + random.below(60));
    for (Lifetime& life : lives) {
      life.bytes = random.below(4) == 0 ? random.below(5000) : 64 * random.below(20);
      life.first = random.below(40);
      life.last = life.first + random.below(12);
    }
    const Packing packing = pack(lives);
    std::size_t end = 0;
    for (std::size_t i = 0; i < lives.size(); ++i) {
      if (lives[i].bytes == 0) continue;
      ASSERT_EQ(packing.offsets[i] % 64, 0u);
      end = std::max(end, packing.offsets[i] + lives[i].bytes);
      for (std::size_t j = 0; j < i; ++j) {
        const bool at_once = lives[i].first <= lives[j].last && lives[j].first <= lives[i].last;
        const bool apart = packing.offsets[i] + lives[i].bytes <= packing.offsets[j] ||
                           packing.offsets[j] + lives[j].bytes <= packing.offsets[i];
        ASSERT_TRUE(!at_once || apart || lives[j].bytes == 0) << "seed " << seed;
      }
    }
    ASSERT_LE(end, packing.bytes);
    ASSERT_GE(packing.bytes, peak(lives));
    for (Lifetime& life : lives) life.bytes = (life.bytes + 63) / 64 * 64;
    excess += static_cast<double>(packing.bytes) / static_cast<double>(peak(lives)) - 1;
  }
  EXPECT_LT(excess / 200, 0.015);  // on average; 0.019 with the largest first alone
}

TEST(Packing, PeakCountsWhatLivesAtOnce) {
  EXPECT_EQ(peak({}), 0u);
  EXPECT_EQ(peak({{10, 0, 1}, {20, 1, 2}, {5, 2, 9}}), 30u);
}

}  // namespace
}  // namespace agon
