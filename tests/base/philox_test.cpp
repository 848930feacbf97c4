#include "engine/base/philox.h"

#include <gtest/gtest.h>

namespace agon {
namespace {

struct KnownAnswer {
  PhiloxCounter counter;
  PhiloxKey key;
  PhiloxCounter words;
};

// From the kat_vectors file of Random123 (Salmon et al. 2011).
TEST(Philox, GivesTheKnownAnswers) {
  const KnownAnswer answers[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
       {0xffffffff, 0xffffffff},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (const KnownAnswer& a : answers) EXPECT_EQ(philox(a.counter, a.key), a.words);
}

TEST(Philox, StreamsDifferByNameSeedAndIndex) {
  EXPECT_NE(stream_key(1, "z"), stream_key(2, "z"));
  EXPECT_NE(stream_key(1, "z"), stream_key(1, "y"));
  EXPECT_NE(RandomStream(1, "z", 0).word(), RandomStream(1, "z", 1).word());
}

TEST(Philox, BelowIsEven) {
  RandomStream stream(7, "below");
  int counts[5] = {};
  for (int i = 0; i < 50000; ++i) ++counts[stream.below(5)];
  // Five standard deviations of a binomial with p = 1/5.
  for (const int count : counts) EXPECT_NEAR(count, 10000, 5 * 89.5);
}

}  // namespace
}  // namespace agon
