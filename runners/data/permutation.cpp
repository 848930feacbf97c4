#include "runners/data/permutation.h"

#include <algorithm>
#include <bit>

namespace agon {
namespace {

constexpr std::uint32_t kRounds = 8;
// Narrower halves would reach only a small part of all permutations of a tiny set.
constexpr int kFewestBits = 8;

struct Feistel {
  PhiloxKey key;
  std::uint64_t tweak;
  int low_bits;
  std::uint64_t low_mask;
  std::uint64_t high_mask;

  std::uint64_t mixed(std::uint64_t half, std::uint32_t round) const {
    const PhiloxCounter words =
        philox({static_cast<std::uint32_t>(half), static_cast<std::uint32_t>(tweak),
                static_cast<std::uint32_t>(tweak >> 32), round},
               key);
    return std::uint64_t{words[0]} << 32 | words[1];
  }

  std::uint64_t operator()(std::uint64_t x) const {
    std::uint64_t low = x & low_mask;
    std::uint64_t high = x >> low_bits;
    for (std::uint32_t round = 0; round < kRounds; round += 2) {
      high ^= mixed(low, round) & high_mask;
      low ^= mixed(high, round + 1) & low_mask;
    }
    return high << low_bits | low;
  }
};

}  // namespace

std::int64_t permuted(PhiloxKey key, std::uint64_t tweak, std::int64_t count, std::int64_t x) {
  const int bits = std::max(
      kFewestBits, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(count - 1))));
  const int low_bits = bits / 2;
  const Feistel feistel{key, tweak, low_bits, (std::uint64_t{1} << low_bits) - 1,
                        (std::uint64_t{1} << (bits - low_bits)) - 1};
  auto y = static_cast<std::uint64_t>(x);
  do {
    y = feistel(y);
  } while (y >= static_cast<std::uint64_t>(count));
  return static_cast<std::int64_t>(y);
}

}  // namespace agon
