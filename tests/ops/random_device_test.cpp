#include "ops/random/random_device.h"

#include <gtest/gtest.h>

#include "engine/base/philox.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "engine/runtime/variables.h"
#include "ops/random/random.h"
#include "tests/ops/harness_checks.h"

// Device code of random numbers, compiled as C++.
namespace agon::op_cases {
namespace {

PhiloxCounter words_of(std::uint64_t block, std::uint32_t step, std::uint32_t draw, PhiloxKey key) {
  const device::RandomWords made =
      device::random_words(block, step, draw, std::uint64_t{key[1]} << 32 | key[0]);
  return std::to_array(made.word);
}

TEST(RandomDevice, WordsArePhiloxOfItsAuthors) {
  // kat_vectors of Random123, "philox4x32 10"
  EXPECT_EQ(words_of(0, 0, 0, {0, 0}),
            (PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(words_of(~0ULL, ~0U, ~0U, {~0U, ~0U}),
            (PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(words_of(0x85a308d3243f6a88, 0x13198a2e, 0x03707344, {0xa4093822, 0x299f31d0}),
            (PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomDevice, WordsAreThoseOfTheProcessors) {
  RandomStream random(7, "blocks");
  for (int i = 0; i < 10000; ++i) {
    const PhiloxCounter c = {random.word(), random.word(), random.word(), random.word()};
    const PhiloxKey key = {random.word(), random.word()};
    ASSERT_EQ(words_of(std::uint64_t{c[1]} << 32 | c[0], c[2], c[3], key), philox(c, key));
  }
}

/// One large draw by vector code against the same numbers made one by one.
TEST(RandomDevice, NumbersAreThoseOfVectorCode) {
  constexpr std::int64_t kCount = 1 << 22;
  for (const std::string op : {"random_uniform", "random_normal"}) {
    const Case c{.op = op,
                 .inputs = {f64(), f64()},
                 .attrs = "{shape: [4194304], dtype: f64, seed: 11, stream: \"many\"}"};
    const CaseGraph made = build(c);
    Buffer out(kCount * sizeof(double));
    const double step = 12345, draw = 3;
    const void* const in[] = {&step, &draw};
    void* const outputs[] = {out.data()};
    test_lanes().run([&] {
      const Candidate candidate = all_kernels().candidates(op)[0].prepare(*made.node);
      ASSERT_TRUE(candidate.kernel) << candidate.refusal;
      candidate.kernel->run({in, outputs});
    });
    const auto* got = static_cast<const double*>(out.data());
    const PhiloxKey key = stream_key(11, "many");
    for (std::int64_t i = 0; i < kCount; i += 4) {
      const PhiloxCounter words = words_of(static_cast<std::uint64_t>(i) / 4, 12345, 3, key);
      for (std::size_t k = 0; k < 4; ++k) {
        const double want = op == "random_normal" ? device::normal_number(words[k])
                                                  : device::uniform_number(words[k]);
        ASSERT_EQ(got[i + static_cast<std::int64_t>(k)], want) << op << " " << words[k];
      }
    }
  }
}

TEST(RandomDevice, StepsAreWholeNumbersOf32Bits) {
  for (const std::uint32_t step : {0U, 1U, 0x7fffffffU, 0x80000000U, ~0U})
    EXPECT_EQ(device::counter_of(step), step);
}

}  // namespace
}  // namespace agon::op_cases
