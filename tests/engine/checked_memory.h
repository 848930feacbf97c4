#pragma once
#include <cstddef>
#include <map>
#include <vector>

#include "engine/runtime/memory.h"

namespace agon {

/// Memory of a fake accelerator, and who may use it when. Its own lies in pages that the process
/// cannot touch but while they are opened: a host kernel that does ends the program.
class CheckedMemory {
 public:
  CheckedMemory();
  ~CheckedMemory();
  CheckedMemory(const CheckedMemory&) = delete;
  CheckedMemory& operator=(const CheckedMemory&) = delete;

  MemorySource& source(MemoryKind kind) { return sources_[static_cast<std::size_t>(kind)]; }
  int allocations() const { return allocations_; }

  /// Throws InternalError where the bytes do not lie in memory of that kind, whole.
  void expect(MemoryKind kind, const void* at, std::size_t bytes, const char* who) const;
  /// The same for what a kernel of the device may use: its own, or what is shared.
  void expect_of_device(const void* at, std::size_t bytes, const char* who) const;
  /// Throws InternalError where host memory is expected and the bytes are the device's, or are
  /// shared and in use by work that was launched.
  void expect_of_host(const void* at, std::size_t bytes, const char* who) const;

  /// Work that was launched and is not done uses what is shared at these addresses.
  void use(const std::vector<const void*>& addresses, int change);
  bool is_shared(const void* at) const;

  void open(bool opened);

 private:
  struct Range {
    std::size_t bytes = 0;  // rounded up to pages where it is the device's own
    std::size_t asked = 0;
    MemoryKind kind = MemoryKind::Own;
    int uses = 0;
  };
  struct Source final : MemorySource {
    CheckedMemory* memory = nullptr;
    MemoryKind kind = MemoryKind::Own;
    void* allocate(std::size_t bytes) override;
    void release(void* at) noexcept override;
  };
  const Range* find(const void* at, std::size_t bytes) const;

  std::map<const char*, Range> ranges_;
  std::vector<Source> sources_;
  int allocations_ = 0;
};

}  // namespace agon
