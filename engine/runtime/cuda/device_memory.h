#pragma once
#include "engine/runtime/cuda/context.h"
#include "engine/runtime/memory.h"

namespace agon {

/// Memory of one kind; what the device can reach is zeroed by it, in `stream`, before allocate
/// returns. Freeing ignores what the driver says, since a lost device frees everything itself.
class DeviceMemory final : public MemorySource {
 public:
  DeviceMemory(const CudaContext& context, MemoryKind kind, CUstream stream)
      : context_(context), kind_(kind), stream_(stream) {}
  void* allocate(std::size_t bytes) override;
  void release(void* memory) noexcept override;

 private:
  CUresult get(void** memory, std::size_t bytes) const;
  CUresult zero(void* memory, std::size_t bytes) const;
  [[noreturn]] void fail(CUresult result, std::size_t bytes) const;

  const CudaContext& context_;
  MemoryKind kind_;
  CUstream stream_;
};

}  // namespace agon
