#include "engine/runtime/cuda/device_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

namespace {

std::string_view name_of(MemoryKind kind) {
  switch (kind) {
    case MemoryKind::Own:
      return "device memory";
    case MemoryKind::Staged:
      return "page-locked host memory";
    case MemoryKind::Shared:
      return "managed memory";
  }
  throw InternalError("unknown kind of memory");
}

CUdeviceptr address_of(void* memory) {
  return reinterpret_cast<CUdeviceptr>(memory);
}

}  // namespace

CUresult DeviceMemory::get(void** memory, std::size_t bytes) const {
  const CudaDriver& driver = context_.driver;
  if (kind_ == MemoryKind::Staged) return driver.allocate_host(memory, bytes, 0);
  CUdeviceptr address = 0;
  const CUresult result = kind_ == MemoryKind::Own
                              ? driver.allocate(&address, bytes)
                              : driver.allocate_managed(&address, bytes, CU_MEM_ATTACH_GLOBAL);
  *memory = reinterpret_cast<void*>(address);
  return result;
}

/// By the device also what both reach: so its pages begin their life there.
CUresult DeviceMemory::zero(void* memory, std::size_t bytes) const {
  if (kind_ == MemoryKind::Staged) {
    std::memset(memory, 0, bytes);
    return CUDA_SUCCESS;
  }
  const CUresult result = context_.driver.set_async(address_of(memory), 0, bytes, stream_);
  return result != CUDA_SUCCESS ? result : context_.driver.stream_synchronize(stream_);
}

void* DeviceMemory::allocate(std::size_t bytes) {
  context_.use();
  const std::size_t size = std::max<std::size_t>(bytes, 1);  // the driver gives none for 0
  void* memory = nullptr;
  CUresult result = get(&memory, size);
  if (result != CUDA_SUCCESS) fail(result, bytes);
  result = zero(memory, size);
  if (result != CUDA_SUCCESS) {
    release(memory);
    fail(result, bytes);
  }
  return memory;
}

void DeviceMemory::release(void* memory) noexcept {
  if (memory == nullptr) return;
  context_.driver.context_set(context_.handle());
  if (kind_ == MemoryKind::Staged) {
    context_.driver.release_host(memory);
  } else {
    context_.driver.release(address_of(memory));
  }
}

void DeviceMemory::fail(CUresult result, std::size_t bytes) const {
  const std::string what = fmt::format("cuda:{}: {} of {}", context_.number,
                                       bytes_text(static_cast<double>(bytes)), name_of(kind_));
  std::size_t free = 0, all = 0;
  if (result == CUDA_ERROR_OUT_OF_MEMORY &&
      context_.driver.memory_info(&free, &all) == CUDA_SUCCESS) {
    throw Error(
        ExitCode::Unavailable,
        fmt::format("{} are not there: the device has {}, {} of it free", what,
                    bytes_text(static_cast<double>(all)), bytes_text(static_cast<double>(free))));
  }
  if (result == CUDA_ERROR_NOT_SUPPORTED)
    throw Error(ExitCode::Unavailable, what + ": the device has no memory of this kind");
  check(context_.driver, result, what);
  throw InternalError(what + ": no failure");
}

}  // namespace agon
