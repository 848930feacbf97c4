#pragma once
#include <cstdint>

namespace agon::winograd {

inline constexpr std::int64_t kLine = 16;                           // floats of a cache line
inline constexpr std::int64_t kMostPositions = 36;                  // n * n
inline constexpr std::int64_t kTaskFloats = std::int64_t{1} << 17;  // half of a second cache
inline constexpr std::int64_t kGrain = std::int64_t{1} << 16;  // floats that a piece of work writes

constexpr std::int64_t divide_up(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}
constexpr std::int64_t round_up(std::int64_t a, std::int64_t b) {
  return divide_up(a, b) * b;
}

/// A distance of at least `floats` that is an odd number of cache lines: rows a power of two apart
/// would share a few sets of the cache.
constexpr std::int64_t spread(std::int64_t floats) {
  return (divide_up(floats, kLine) | 1) * kLine;
}

/// `count` in equal blocks of at most `most`: how many in one.
constexpr std::int64_t even_blocks(std::int64_t count, std::int64_t most) {
  return divide_up(count, divide_up(count, most));
}

/// Offsets in scratch memory, handed out line by line.
class Layout {
 public:
  std::int64_t take(std::int64_t floats) {
    const std::int64_t begin = end_;
    end_ += round_up(floats, kLine);
    return begin;
  }
  std::int64_t floats() const { return end_; }

 private:
  std::int64_t end_ = 0;
};

}  // namespace agon::winograd
