#include "tests/cuda/device_memory.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "engine/base/error.h"

namespace agon::emulation {

namespace {

constexpr std::size_t kAlign = 256;
constexpr std::size_t kZone = 1024;
constexpr std::byte kPattern{0xA5};

std::uint64_t reserve(std::size_t bytes, int access) {
  void* memory = mmap(nullptr, bytes, access, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw InternalError("emulation: no addresses for device memory");
  return reinterpret_cast<std::uint64_t>(memory);
}

std::size_t rounded(std::size_t bytes) {
  return (bytes + kAlign - 1) / kAlign * kAlign;
}

}  // namespace

DeviceMemory::DeviceMemory(bool hidden, std::size_t capacity)
    : capacity_(capacity), begin_(reserve(capacity, PROT_READ | PROT_WRITE)) {
  if (hidden) {
    const std::uint64_t bytes_at = begin_;
    begin_ = reserve(capacity, PROT_NONE);
    offset_ = bytes_at - begin_;
  }
  next_ = begin_;
}

DeviceMemory::~DeviceMemory() {
  munmap(reinterpret_cast<void*>(begin_), capacity_);
  if (offset_ != 0) munmap(real(begin_), capacity_);
}

std::uint64_t DeviceMemory::allocate(std::size_t bytes) {
  if (bytes > capacity_) return 0;
  const std::size_t needed = rounded(bytes) + 2 * kZone;
  // The first gap behind `from` that is large enough; 0: none.
  const auto gap = [&](std::uint64_t from) -> std::uint64_t {
    for (auto at = sizes_.lower_bound(from); at != sizes_.end(); ++at) {
      if (from + needed <= at->first - kZone) return from;
      from = at->first + rounded(at->second) + kZone;
    }
    return from + needed <= begin_ + capacity_ ? from : 0;
  };
  std::uint64_t place = gap(next_);
  if (place == 0) place = gap(begin_);
  if (place == 0) return 0;
  next_ = place + needed;
  const std::uint64_t address = place + kZone;
  std::memset(real(place), static_cast<int>(kPattern), needed);
  sizes_[address] = bytes;
  bytes_ += bytes;
  return address;
}

bool DeviceMemory::release(std::uint64_t address, std::string& wrong) {
  const auto at = sizes_.find(address);
  if (at == sizes_.end()) return false;
  if (!intact(address))
    wrong = fmt::format("something was written beside an allocation of {} bytes", at->second);
  bytes_ -= at->second;
  // Pages that belong to this allocation alone go back to the system.
  constexpr std::uint64_t kPage = 4096;
  const std::uint64_t first = (address + kPage - 1) / kPage * kPage;
  const std::uint64_t last = (address + at->second) / kPage * kPage;
  if (last > first) madvise(real(first), last - first, MADV_DONTNEED);
  sizes_.erase(at);
  return true;
}

bool DeviceMemory::covers(std::uint64_t address) const {
  return address >= begin_ && address < begin_ + capacity_;
}

DeviceMemory::Sizes::const_iterator DeviceMemory::find(std::uint64_t address) const {
  auto after = sizes_.upper_bound(address);
  if (after == sizes_.begin()) return sizes_.end();
  --after;
  return address <= after->first + after->second ? after : sizes_.end();
}

std::byte* DeviceMemory::reach(std::uint64_t address, std::size_t bytes) const {
  const auto at = find(address);
  if (at == sizes_.end() || bytes > at->first + at->second - address) return nullptr;
  return real(address);
}

bool DeviceMemory::intact(std::uint64_t address) const {
  const auto at = find(address);
  if (at == sizes_.end()) return false;
  const auto is_pattern = [](std::byte value) { return value == kPattern; };
  const std::byte* begin = real(at->first);
  const std::byte* end = begin + at->second;
  const std::byte* zone_end = begin + rounded(at->second) + kZone;
  return std::all_of(begin - kZone, begin, is_pattern) && std::all_of(end, zone_end, is_pattern);
}

}  // namespace agon::emulation
