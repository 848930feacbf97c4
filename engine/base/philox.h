#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace agon {

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC
/// 2011): four random words as a pure function of a 128-bit counter and a 64-bit key.
using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

inline constexpr PhiloxCounter philox(PhiloxCounter counter, PhiloxKey key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key = {key[0] + 0x9E3779B9u, key[1] + 0xBB67AE85u};
  }
  return counter;
}

/// Changing how words become numbers, or keys are made, changes this.
inline constexpr int kRandomVersion = 1;

/// The key of a stream: the first 64 bits of SHA-256("agon-random/<version>/<seed>/<stream>").
PhiloxKey stream_key(std::int64_t seed, std::string_view stream);

/// Element `element` of draw `draw` of step `step` reads word `element % 4` of this block.
inline constexpr PhiloxCounter block_counter(std::uint64_t element, std::uint32_t step,
                                             std::uint32_t draw) {
  const std::uint64_t block = element / 4;
  return {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), step, draw};
}

/// Uniform in [0, 1) with 24 bits: exact in float32.
inline constexpr double unit_uniform(std::uint32_t word) {
  return static_cast<double>(word >> 8) * 0x1p-24;
}

/// Words of one stream, one after another; for choices made outside a graph (data order, drawn
/// sets).
class RandomStream {
 public:
  RandomStream(std::int64_t seed, std::string_view stream, std::uint64_t index = 0)
      : key_(stream_key(seed, stream)), index_(index) {}

  std::uint32_t word();
  /// In [0, 1).
  double uniform() { return unit_uniform(word()); }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// In [0, bound), exactly even (Lemire 2019, with rejection).
  std::uint32_t below(std::uint32_t bound);
  /// Standard normal (Box and Muller 1958), in double precision.
  double normal();

 private:
  PhiloxKey key_;
  std::uint64_t index_;
  std::uint64_t position_ = 0;
  PhiloxCounter block_{};
};

}  // namespace agon
