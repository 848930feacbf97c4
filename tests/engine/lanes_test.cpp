#include "engine/runtime/cpu/lanes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <xmmintrin.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <vector>

#include "engine/base/error.h"

namespace agon {
namespace {

TEST(Lanes, CountIsKeptOnFewerProcessors) {
  EXPECT_EQ(Lanes(7).count(), 7);
  EXPECT_GE(Lanes::automatic(), 1);
  EXPECT_THROW(Lanes(0), InternalError);
}

TEST(Lanes, PiecesAreThoseOfTheSizeAlone) {
  struct Case {
    std::int64_t count, grain;
    std::vector<std::pair<std::int64_t, std::int64_t>> pieces;
  };
  const Case cases[] = {
      {0, 4, {}},
      {3, 4, {{0, 3}}},
      {4, 4, {{0, 4}}},
      {9, 4, {{0, 4}, {4, 8}, {8, 9}}},
      {2, 0, {{0, 1}, {1, 2}}},
  };
  for (const int count : {1, 2, 5}) {
    Lanes lanes(count);
    for (const Case& c : cases) {
      std::vector<std::atomic<int>> seen(16);
      std::atomic<int> calls = 0;
      lanes.run([&] {
        parallel_for(c.count, c.grain, [&](std::int64_t begin, std::int64_t end) {
          ++calls;
          for (const auto& piece : c.pieces) {
            if (piece == std::pair(begin, end)) ++seen[static_cast<std::size_t>(begin)];
          }
        });
      });
      EXPECT_EQ(calls, static_cast<int>(c.pieces.size())) << c.count << " by " << c.grain;
      for (const auto& piece : c.pieces) EXPECT_EQ(seen[static_cast<std::size_t>(piece.first)], 1);
    }
  }
}

double parallel_sum(Lanes& lanes, const std::vector<float>& x) {
  constexpr std::int64_t kGrain = 1000;
  const auto count = static_cast<std::int64_t>(x.size());
  std::vector<float> parts(static_cast<std::size_t>((count + kGrain - 1) / kGrain));
  lanes.run([&] {
    parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
      float sum = 0;
      for (std::int64_t i = begin; i < end; ++i) sum += x[static_cast<std::size_t>(i)];
      parts[static_cast<std::size_t>(begin / kGrain)] = sum;
    });
  });
  float sum = 0;
  for (const float part : parts) sum += part;
  return sum;
}

TEST(Lanes, SumsHaveTheSameBitsOnOneProcessorAndOnAll) {
  std::vector<float> x(100'003);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>(std::sin(static_cast<double>(i)) * 1e3);
  Lanes lanes(4);
  const double all = parallel_sum(lanes, x);
  cpu_set_t before, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &before)) {
      CPU_SET(cpu, &one);
      break;
    }
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  double single = 0;
  std::thread([&] {  // a fresh thread, with an arena of its own
    Lanes pinned(3);
    single = parallel_sum(pinned, x);
  })
      .join();
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(all, single);
}

TEST(Lanes, EveryThreadFlushesSubnormals) {
  constexpr unsigned kFlushAndDenormalsAreZero = 0x8040;
  Lanes lanes(4);
  std::atomic<int> without = 0;
  std::atomic<int> ran = 0;
  const unsigned outside = _mm_getcsr() & kFlushAndDenormalsAreZero;
  for (int round = 0; round < 20; ++round) {
    lanes.run([&] {
      parallel_for(64, 1, [&](std::int64_t, std::int64_t) {
        if ((_mm_getcsr() & kFlushAndDenormalsAreZero) != kFlushAndDenormalsAreZero) ++without;
        ++ran;
        std::this_thread::yield();
      });
    });
  }
  EXPECT_EQ(ran, 20 * 64);
  EXPECT_EQ(without, 0);
  EXPECT_EQ(_mm_getcsr() & kFlushAndDenormalsAreZero, outside) << "the caller's mode is its own";
}

TEST(Lanes, FailuresReachTheCaller) {
  Lanes lanes(3);
  EXPECT_THROW(lanes.run([] {
    parallel_for(10, 1, [](std::int64_t begin, std::int64_t) {
      if (begin == 7) throw std::runtime_error("seven");
    });
  }),
               std::runtime_error);
}

// in a process of its own: TBB prints such a warning once
TEST(LanesDeathTest, NothingIsPrintedForMoreLanesThanProcessors) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto run = [] {
    std::atomic<int> ran = 0;
    for (const int count : {2 * Lanes::automatic() + 1, 3 * Lanes::automatic() + 1}) {
      Lanes lanes(count);
      lanes.run([&] { parallel_for(100, 1, [&](std::int64_t, std::int64_t) { ++ran; }); });
    }
    std::exit(ran == 200 ? 0 : 1);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0), testing::Eq(""));
}

}  // namespace
}  // namespace agon
