#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace agon::emulation {

/// Memory between zones that nobody may write, filled with a pattern (0xA5) when it is given out.
/// Addresses of the hidden kind are of no use but to the emulated driver: behind them lies nothing,
/// so that the host's touching memory of the device is a fault; what they stand for lies elsewhere.
class DeviceMemory {
 public:
  /// Both kinds take all of `capacity` at most, zones and gaps included.
  DeviceMemory(bool hidden, std::size_t capacity);
  ~DeviceMemory();
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  /// 256-byte aligned; 0 where there is no room.
  std::uint64_t allocate(std::size_t bytes);
  /// False where nothing was allocated there. `wrong`: that its zones were written.
  bool release(std::uint64_t address, std::string& wrong);

  /// Whether the address lies in the memory, allocated or not.
  bool covers(std::uint64_t address) const;
  /// Where the processors reach the bytes; null unless all lie in one allocation.
  std::byte* reach(std::uint64_t address, std::size_t bytes) const;
  /// Whether the zones around the allocation with that address in it are as they were.
  bool intact(std::uint64_t address) const;

  std::size_t allocations() const { return sizes_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t capacity() const { return capacity_; }

 private:
  using Sizes = std::map<std::uint64_t, std::size_t>;  // by address
  Sizes::const_iterator find(std::uint64_t address) const;
  std::byte* real(std::uint64_t address) const {
    return reinterpret_cast<std::byte*>(address + offset_);
  }

  std::size_t capacity_;
  std::uint64_t begin_ = 0;
  std::uint64_t offset_ = 0;  // from an address to the bytes
  std::uint64_t next_ = 0;  // where to look first, so that what was released is not used again soon
  Sizes sizes_;
  std::size_t bytes_ = 0;
};

}  // namespace agon::emulation
