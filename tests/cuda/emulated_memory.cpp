#include <fmt/format.h>

#include <cstring>

#include "tests/cuda/device_state.h"

namespace agon::emulation {

namespace {

std::uint64_t allocated(DeviceMemory& memory, std::size_t bytes) {
  check_no_capture();
  if (bytes == 0) throw Trouble{CUDA_ERROR_INVALID_VALUE, "an allocation of no bytes"};
  const std::uint64_t address = memory.allocate(bytes);
  if (address == 0)
    throw Trouble{CUDA_ERROR_OUT_OF_MEMORY, fmt::format("{} bytes asked for, {} of {} are in use",
                                                        bytes, memory.bytes(), memory.capacity())};
  return address;
}

/// What is still to be done may use the memory, so that it is done first.
void released(std::initializer_list<DeviceMemory*> memories, std::uint64_t address) {
  check_no_capture();
  finish(Works(device().pending));
  for (DeviceMemory* memory : memories) {
    if (!memory->covers(address)) continue;
    std::string wrong;
    if (!memory->release(address, wrong))
      throw Trouble{CUDA_ERROR_INVALID_VALUE, "the memory was not allocated, or released before"};
    if (!wrong.empty()) throw Trouble{CUDA_ERROR_ILLEGAL_ADDRESS, wrong};
    return;
  }
  throw Trouble{CUDA_ERROR_INVALID_VALUE, "no memory of this kind"};
}

CUresult allocate(CUdeviceptr* to, std::size_t bytes) {
  return driver_call([&] { *to = allocated(device().own, bytes); });
}

CUresult allocate_managed(CUdeviceptr* to, std::size_t bytes, unsigned) {
  return driver_call([&] { *to = allocated(device().managed, bytes); });
}

CUresult allocate_host(void** to, std::size_t bytes, unsigned) {
  return driver_call([&] { *to = reinterpret_cast<void*>(allocated(device().pinned, bytes)); });
}

CUresult release(CUdeviceptr address) {
  return driver_call([&] { released({&device().own, &device().managed}, address); });
}

CUresult release_host(void* memory) {
  return driver_call(
      [&] { released({&device().pinned}, reinterpret_cast<std::uint64_t>(memory)); });
}

CUresult memory_info(std::size_t* free, std::size_t* total) {
  return driver_call([&] {
    *total = device().own.capacity();
    *free = *total - device().own.bytes();
  });
}

/// Null for an address that is none of the driver's: memory of the host alone.
std::byte* reach_allocated(std::uint64_t address, std::size_t bytes, const char* what) {
  const DeviceState& state = device();
  for (const DeviceMemory* memory : {&state.own, &state.managed, &state.pinned}) {
    if (!memory->covers(address)) continue;
    std::byte* place = memory->reach(address, bytes);
    if (place == nullptr)
      throw Trouble{CUDA_ERROR_ILLEGAL_ADDRESS,
                    fmt::format("{} of {} bytes outside an allocation", what, bytes)};
    return place;
  }
  return nullptr;
}

CUresult copy_async(CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
  return driver_call([&] {
    if (bytes == 0) return;
    const auto copy = [to, from, bytes] {
      std::byte* target = reach_allocated(to, bytes, "a copy to");
      const std::byte* source = reach_allocated(from, bytes, "a copy from");
      ++device().counts.copies;
      std::memmove(target != nullptr ? target : reinterpret_cast<std::byte*>(to),
                   source != nullptr ? source : reinterpret_cast<const std::byte*>(from), bytes);
    };
    // Memory of the host that the driver does not know is copied before the call returns.
    const bool known = reach_allocated(to, bytes, "a copy to") != nullptr &&
                       reach_allocated(from, bytes, "a copy from") != nullptr;
    known ? put(stream, copy) : put_and_finish(stream, copy);
  });
}

CUresult set_async(CUdeviceptr to, unsigned char value, std::size_t bytes, CUstream stream) {
  return driver_call([&] {
    if (bytes == 0) return;
    const auto place = [to, bytes] {
      std::byte* target = reach_allocated(to, bytes, "a fill");
      if (target == nullptr)
        throw Trouble{CUDA_ERROR_INVALID_VALUE, "a fill of memory that is not the driver's"};
      return target;
    };
    place();
    put(stream, [place, value, bytes] { std::memset(place(), value, bytes); });
  });
}

}  // namespace

void add_memory_functions(CudaDriver& driver) {
  driver.allocate = allocate;
  driver.allocate_managed = allocate_managed;
  driver.release = release;
  driver.allocate_host = allocate_host;
  driver.release_host = release_host;
  driver.copy_async = copy_async;
  driver.set_async = set_async;
  driver.memory_info = memory_info;
}

}  // namespace agon::emulation
