#pragma once
#include <cstddef>

namespace agon {

/// Memory that is not the C++ heap's: an accelerator's, or such that it can reach.
class MemorySource {
 public:
  virtual ~MemorySource() = default;
  /// Zeroed, aligned to 64 bytes at least. Throws Error(Unavailable) that names what was asked for
  /// and what there is.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* memory) noexcept = 0;
};

/// What memory is for.
enum class MemoryKind {
  Own,     // the device computes in it; the host has no address for it
  Staged,  // of the host, in which copies to and from the device run beside other work
  Shared   // both have addresses for it, never at the same time: variables
};

}  // namespace agon
