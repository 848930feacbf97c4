#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

namespace agon {

/// The bytes of examples already made, so that each is drawn or decoded once. Safe to call from
/// several threads; never waits. A set larger than kCacheBytes is not kept at all.
class ExampleCache {
 public:
  static constexpr std::int64_t kCacheBytes = std::int64_t{1} << 30;

  ExampleCache(std::int64_t count, std::int64_t example_bytes);

  /// Copies the example if it is kept; false if not.
  bool load(std::int64_t index, std::span<std::uint8_t> bytes) const;
  void store(std::int64_t index, std::span<const std::uint8_t> bytes);

 private:
  enum State : std::uint8_t { Absent, Writing, Kept };

  std::size_t size_;
  std::unique_ptr<std::uint8_t[]> bytes_;  // pages are taken as they are first written
  std::unique_ptr<std::atomic<std::uint8_t>[]> states_;
};

}  // namespace agon
