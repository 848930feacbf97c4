#include "engine/runtime/cuda/driver.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "engine/base/error.h"
#include "engine/runtime/cuda/library.h"

// cuda.h maps names to those of their present form (cuMemAlloc to cuMemAlloc_v2); the text of the
// name after that mapping is what the library exports.
#define AGON_TEXT(name) #name
#define AGON_FUNCTION(member, name) \
  { reinterpret_cast<void**>(&table.member), AGON_TEXT(name) }

namespace agon {

namespace {

constexpr int kOldest = 12080;  // the first that runs code for sm_120

struct Function {
  void** place;
  const char* name;
};

std::vector<Function> functions_of(CudaDriver& table) {
  return {AGON_FUNCTION(init, cuInit),
          AGON_FUNCTION(driver_version, cuDriverGetVersion),
          AGON_FUNCTION(error_name, cuGetErrorName),
          AGON_FUNCTION(error_text, cuGetErrorString),
          AGON_FUNCTION(device_count, cuDeviceGetCount),
          AGON_FUNCTION(device_get, cuDeviceGet),
          AGON_FUNCTION(device_name, cuDeviceGetName),
          AGON_FUNCTION(device_attribute, cuDeviceGetAttribute),
          AGON_FUNCTION(device_memory, cuDeviceTotalMem),
          AGON_FUNCTION(context_retain, cuDevicePrimaryCtxRetain),
          AGON_FUNCTION(context_release, cuDevicePrimaryCtxRelease),
          AGON_FUNCTION(context_set, cuCtxSetCurrent),
          AGON_FUNCTION(allocate, cuMemAlloc),
          AGON_FUNCTION(allocate_managed, cuMemAllocManaged),
          AGON_FUNCTION(release, cuMemFree),
          AGON_FUNCTION(allocate_host, cuMemHostAlloc),
          AGON_FUNCTION(release_host, cuMemFreeHost),
          AGON_FUNCTION(copy_async, cuMemcpyAsync),
          AGON_FUNCTION(set_async, cuMemsetD8Async),
          AGON_FUNCTION(memory_info, cuMemGetInfo),
          AGON_FUNCTION(stream_create, cuStreamCreate),
          AGON_FUNCTION(stream_destroy, cuStreamDestroy),
          AGON_FUNCTION(stream_synchronize, cuStreamSynchronize),
          AGON_FUNCTION(stream_wait, cuStreamWaitEvent),
          AGON_FUNCTION(capture_begin, cuStreamBeginCapture),
          AGON_FUNCTION(capture_end, cuStreamEndCapture),
          AGON_FUNCTION(event_create, cuEventCreate),
          AGON_FUNCTION(event_destroy, cuEventDestroy),
          AGON_FUNCTION(event_record, cuEventRecord),
          AGON_FUNCTION(event_record_as, cuEventRecordWithFlags),
          AGON_FUNCTION(event_elapsed, cuEventElapsedTime),
          AGON_FUNCTION(event_synchronize, cuEventSynchronize),
          AGON_FUNCTION(graph_instantiate, cuGraphInstantiateWithFlags),
          AGON_FUNCTION(graph_launch, cuGraphLaunch),
          AGON_FUNCTION(graph_destroy, cuGraphDestroy),
          AGON_FUNCTION(graph_exec_destroy, cuGraphExecDestroy),
          AGON_FUNCTION(module_load, cuModuleLoadData),
          AGON_FUNCTION(module_unload, cuModuleUnload),
          AGON_FUNCTION(module_function, cuModuleGetFunction),
          AGON_FUNCTION(launch, cuLaunchKernel)};
}

std::string version_text(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

/// "out of memory (CUDA_ERROR_OUT_OF_MEMORY)"
std::string words(const CudaDriver& driver, CUresult result) {
  const char* text = nullptr;
  const char* name = nullptr;
  if (driver.error_text(result, &text) != CUDA_SUCCESS || text == nullptr ||
      driver.error_name(result, &name) != CUDA_SUCCESS || name == nullptr)
    return fmt::format("CUDA error {}", static_cast<int>(result));
  return fmt::format("{} ({})", text, name);
}

/// What is no fault of the program: the device is gone, in use, full or not to be trusted.
bool is_unavailable(CUresult result) {
  switch (static_cast<int>(result)) {
    case CUDA_ERROR_OUT_OF_MEMORY:
    case CUDA_ERROR_DEINITIALIZED:
    case CUDA_ERROR_STUB_LIBRARY:
    case CUDA_ERROR_DEVICE_UNAVAILABLE:
    case CUDA_ERROR_NO_DEVICE:
    case CUDA_ERROR_INVALID_DEVICE:
    case CUDA_ERROR_DEVICE_NOT_LICENSED:
    case CUDA_ERROR_ECC_UNCORRECTABLE:
    case CUDA_ERROR_NVLINK_UNCORRECTABLE:
    case 226:  // CUDA_ERROR_CONTAINED, which not every cuda.h has
    case CUDA_ERROR_JIT_COMPILER_NOT_FOUND:
    case CUDA_ERROR_UNSUPPORTED_PTX_VERSION:
    case CUDA_ERROR_JIT_COMPILATION_DISABLED:
    case CUDA_ERROR_OPERATING_SYSTEM:
    case CUDA_ERROR_LAUNCH_TIMEOUT:
    case CUDA_ERROR_CONTEXT_IS_DESTROYED:
    case CUDA_ERROR_HARDWARE_STACK_ERROR:
    case CUDA_ERROR_NOT_PERMITTED:
    case CUDA_ERROR_SYSTEM_NOT_READY:
    case CUDA_ERROR_SYSTEM_DRIVER_MISMATCH:
    case CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE:
    case CUDA_ERROR_MPS_CONNECTION_FAILED:
    case CUDA_ERROR_MPS_RPC_FAILURE:
    case CUDA_ERROR_MPS_SERVER_NOT_READY:
    case CUDA_ERROR_MPS_MAX_CLIENTS_REACHED:
    case CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED:
    case CUDA_ERROR_MPS_CLIENT_TERMINATED:
    case CUDA_ERROR_EXTERNAL_DEVICE:
    case CUDA_ERROR_UNKNOWN:
      return true;
    default:
      return false;
  }
}

}  // namespace

CudaDriver start_driver(const std::function<void*(const char* name)>& find) {
  CudaDriver table{};
  std::string missing;
  for (const Function& function : functions_of(table)) {
    *function.place = find(function.name);
    if (*function.place == nullptr && missing.empty()) missing = function.name;
  }
  // An old driver lacks functions: its version says more than their names do.
  int version = 0;
  if (table.driver_version != nullptr && table.driver_version(&version) == CUDA_SUCCESS &&
      version < kOldest) {
    throw Error(
        ExitCode::Unavailable,
        fmt::format("the NVIDIA driver of this machine is for CUDA {}; {} or newer is needed",
                    version_text(version), version_text(kOldest)));
  }
  if (!missing.empty()) {
    throw Error(ExitCode::Unavailable,
                fmt::format("the NVIDIA driver of this machine has no {}", missing));
  }
  const CUresult started = table.init(0);
  int devices = 0;
  if (started == CUDA_ERROR_NO_DEVICE ||
      (started == CUDA_SUCCESS && table.device_count(&devices) == CUDA_SUCCESS && devices == 0)) {
    throw Error(ExitCode::Unavailable,
                "this machine has an NVIDIA driver, but no CUDA device that it may use");
  }
  if (started != CUDA_SUCCESS) {
    throw Error(ExitCode::Unavailable,
                "the NVIDIA driver does not start: " + words(table, started));
  }
  return table;
}

const CudaDriver& cuda_driver() {
  static const CudaDriver driver = [] {
    const std::array<std::string, 1> names = {"libcuda.so.1"};
    std::string why;
    void* library = open_library(names, why);
    if (library == nullptr)
      throw Error(ExitCode::Unavailable, "no NVIDIA driver on this machine: " + why);
    return start_driver([&](const char* name) { return find_function(library, name); });
  }();
  return driver;
}

void check(const CudaDriver& driver, CUresult result, const std::string& what) {
  if (result == CUDA_SUCCESS) return;
  const std::string message = what + ": " + words(driver, result);
  if (is_unavailable(result)) throw Error(ExitCode::Unavailable, message);
  throw InternalError(message);
}

}  // namespace agon
