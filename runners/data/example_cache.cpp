#include "runners/data/example_cache.h"

#include <algorithm>

namespace agon {

ExampleCache::ExampleCache(std::int64_t count, std::int64_t example_bytes)
    : size_(static_cast<std::size_t>(example_bytes)) {
  if (count > kCacheBytes / example_bytes) return;
  const auto n = static_cast<std::size_t>(count);
  bytes_ = std::make_unique_for_overwrite<std::uint8_t[]>(n * size_);
  states_ = std::make_unique<std::atomic<std::uint8_t>[]>(n);
}

bool ExampleCache::load(std::int64_t index, std::span<std::uint8_t> bytes) const {
  const auto i = static_cast<std::size_t>(index);
  if (!states_ || states_[i].load(std::memory_order_acquire) != Kept) return false;
  std::copy_n(bytes_.get() + i * size_, size_, bytes.data());
  return true;
}

void ExampleCache::store(std::int64_t index, std::span<const std::uint8_t> bytes) {
  const auto i = static_cast<std::size_t>(index);
  std::uint8_t absent = Absent;
  if (!states_ || !states_[i].compare_exchange_strong(absent, Writing)) return;
  std::copy_n(bytes.data(), size_, bytes_.get() + i * size_);
  states_[i].store(Kept, std::memory_order_release);
}

}  // namespace agon
