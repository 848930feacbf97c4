#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "tests/cuda/device_state.h"

namespace agon::emulation {

DeviceState& device() {
  static DeviceState* state = new DeviceState();  // threads may outlive the end of main
  return *state;
}

bool& has_context() {
  thread_local bool has = false;
  return has;
}

namespace {

constexpr int kArchitecture = 90;

CUresult init(unsigned) {
  return driver_call([] {}, false);
}

CUresult driver_version(int* version) {
  return driver_call([&] { *version = 13000; }, false);
}

CUresult error_name(CUresult result, const char** name) {
  static const std::pair<CUresult, const char*> names[] = {
      {CUDA_SUCCESS, "CUDA_SUCCESS"},
      {CUDA_ERROR_INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE"},
      {CUDA_ERROR_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY"},
      {CUDA_ERROR_INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT"},
      {CUDA_ERROR_INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE"},
      {CUDA_ERROR_INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE"},
      {CUDA_ERROR_NOT_FOUND, "CUDA_ERROR_NOT_FOUND"},
      {CUDA_ERROR_ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS"},
      {CUDA_ERROR_LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED"},
      {CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"},
      {CUDA_ERROR_STREAM_CAPTURE_UNJOINED, "CUDA_ERROR_STREAM_CAPTURE_UNJOINED"},
      {CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"},
      {CUDA_ERROR_ECC_UNCORRECTABLE, "CUDA_ERROR_ECC_UNCORRECTABLE"},
  };
  *name = "CUDA_ERROR_UNKNOWN";
  for (const auto& [value, word] : names)
    if (value == result) *name = word;
  return CUDA_SUCCESS;
}

/// What the last call that failed was about: more than the real driver says.
CUresult error_text(CUresult result, const char** text) {
  thread_local std::string kept;
  const std::lock_guard lock(device().mutex);
  kept = result == CUDA_SUCCESS ? "no error" : device().text;
  *text = kept.c_str();
  return CUDA_SUCCESS;
}

CUresult device_count(int* count) {
  return driver_call([&] { *count = 1; }, false);
}

CUresult device_get(CUdevice* to, int number) {
  return driver_call(
      [&] {
        if (number != 0) throw Trouble{CUDA_ERROR_INVALID_DEVICE, "there is one device"};
        *to = 0;
      },
      false);
}

CUresult device_name(char* name, int bytes, CUdevice) {
  return driver_call([&] { std::snprintf(name, static_cast<std::size_t>(bytes), "emulation"); },
                     false);
}

CUresult device_attribute(int* value, CUdevice_attribute attribute, CUdevice) {
  return driver_call(
      [&] {
        switch (attribute) {
          case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
            *value = kArchitecture / 10;
            break;
          case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
            *value = kArchitecture % 10;
            break;
          case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
            *value = 4;
            break;
          case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
            *value = 1024;
            break;
          case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK:
            *value = 48 << 10;
            break;
          case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING:
          case CU_DEVICE_ATTRIBUTE_MANAGED_MEMORY:
          case CU_DEVICE_ATTRIBUTE_CONCURRENT_MANAGED_ACCESS:
            *value = 1;
            break;
          default:
            throw Trouble{CUDA_ERROR_INVALID_VALUE, "an attribute that is not emulated"};
        }
      },
      false);
}

CUresult device_memory(std::size_t* bytes, CUdevice) {
  return driver_call([&] { *bytes = DeviceState::kMemory; }, false);
}

CUresult context_retain(CUcontext* to, CUdevice) {
  return driver_call([&] { *to = reinterpret_cast<CUcontext>(&device()); }, false);
}

CUresult context_release(CUdevice) {
  return driver_call([] { finish(Works(device().pending)); }, false);
}

CUresult context_set(CUcontext context) {
  return driver_call([&] { has_context() = context != nullptr; }, false);
}

CudaDriver make_driver() {
  CudaDriver made{};
  made.init = init;
  made.driver_version = driver_version;
  made.error_name = error_name;
  made.error_text = error_text;
  made.device_count = device_count;
  made.device_get = device_get;
  made.device_name = device_name;
  made.device_attribute = device_attribute;
  made.device_memory = device_memory;
  made.context_retain = context_retain;
  made.context_release = context_release;
  made.context_set = context_set;
  add_memory_functions(made);
  add_stream_functions(made);
  add_module_functions(made);
  return made;
}

}  // namespace

const CudaDriver& driver() {
  static const CudaDriver made = make_driver();
  return made;
}

void set_order(std::uint64_t seed) {
  const std::lock_guard lock(device().mutex);
  device().seed = seed;
  device().random.seed(seed);
}

Counts take_counts() {
  const std::lock_guard lock(device().mutex);
  return std::exchange(device().counts, Counts{});
}

void fail_at(std::int64_t call, CUresult result) {
  const std::lock_guard lock(device().mutex);
  device().fail_in = call;
  device().fail_with = result;
}

std::string left_over() {
  const DeviceState& state = device();
  const std::lock_guard lock(device().mutex);
  std::string text;
  const auto count = [&](std::size_t number, const char* what) {
    if (number > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", number, what);
  };
  count(state.own.allocations(), "allocations of the device");
  count(state.managed.allocations(), "managed allocations");
  count(state.pinned.allocations(), "allocations of the host");
  count(state.streams.size(), "streams");
  count(state.events.size(), "events");
  count(state.graphs.size() + state.executables.size(), "graphs");
  count(static_cast<std::size_t>(state.modules), "modules");
  return text;
}

}  // namespace agon::emulation
