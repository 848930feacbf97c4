#pragma once
#include <cstddef>

#include "engine/runtime/accelerator.h"
#include "engine/runtime/variables.h"

namespace agon {

/// Memory that the values of programs lie in while they run.
struct Arena {
  Arena() = default;
  /// With an accelerator, that of the host is such that copies to and from the device run beside
  /// other work; without one there is none of its own.
  explicit Arena(std::size_t host_bytes, std::size_t own_bytes = 0,
                 Accelerator* accelerator = nullptr)
      : host(host_bytes,
             accelerator == nullptr ? nullptr : &accelerator->memory(MemoryKind::Staged)),
        own(accelerator == nullptr ? Buffer()
                                   : Buffer(own_bytes, &accelerator->memory(MemoryKind::Own))) {}

  Buffer host;
  Buffer own;  // of the accelerator
};

}  // namespace agon
