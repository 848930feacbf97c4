#pragma once
#include <cuda.h>

#include <functional>
#include <string>

namespace agon {

/// Functions of the CUDA driver (libcuda.so.1), opened when first asked for, so that one program
/// runs on machines with a driver and without. Tests put functions of their own in their places.
struct CudaDriver {
  decltype(&cuInit) init;
  decltype(&cuDriverGetVersion) driver_version;
  decltype(&cuGetErrorName) error_name;
  decltype(&cuGetErrorString) error_text;
  decltype(&cuDeviceGetCount) device_count;
  decltype(&cuDeviceGet) device_get;
  decltype(&cuDeviceGetName) device_name;
  decltype(&cuDeviceGetAttribute) device_attribute;
  decltype(&cuDeviceTotalMem) device_memory;
  decltype(&cuDevicePrimaryCtxRetain) context_retain;
  decltype(&cuDevicePrimaryCtxRelease) context_release;
  decltype(&cuCtxSetCurrent) context_set;
  decltype(&cuMemAlloc) allocate;
  decltype(&cuMemAllocManaged) allocate_managed;
  decltype(&cuMemFree) release;
  decltype(&cuMemHostAlloc) allocate_host;
  decltype(&cuMemFreeHost) release_host;
  decltype(&cuMemcpyAsync) copy_async;
  decltype(&cuMemsetD8Async) set_async;
  decltype(&cuMemGetInfo) memory_info;
  decltype(&cuStreamCreate) stream_create;
  decltype(&cuStreamDestroy) stream_destroy;
  decltype(&cuStreamSynchronize) stream_synchronize;
  decltype(&cuStreamWaitEvent) stream_wait;
  decltype(&cuStreamBeginCapture) capture_begin;
  decltype(&cuStreamEndCapture) capture_end;
  decltype(&cuEventCreate) event_create;
  decltype(&cuEventDestroy) event_destroy;
  decltype(&cuEventRecord) event_record;
  decltype(&cuEventRecordWithFlags) event_record_as;
  decltype(&cuEventElapsedTime) event_elapsed;
  decltype(&cuEventSynchronize) event_synchronize;
  decltype(&cuGraphInstantiateWithFlags) graph_instantiate;
  decltype(&cuGraphLaunch) graph_launch;
  decltype(&cuGraphDestroy) graph_destroy;
  decltype(&cuGraphExecDestroy) graph_exec_destroy;
  decltype(&cuModuleLoadData) module_load;
  decltype(&cuModuleUnload) module_unload;
  decltype(&cuModuleGetFunction) module_function;
  decltype(&cuLaunchKernel) launch;
};

/// The driver of this machine, initialised. Throws Error(Unavailable) saying what is missing: the
/// library, a driver new enough, a device.
const CudaDriver& cuda_driver();
/// The same of functions found by name, as they are exported ("cuMemAlloc_v2"); null where there is
/// none.
CudaDriver start_driver(const std::function<void*(const char* name)>& find);

/// Throws where a call failed: Error(Unavailable) for a device that is lost, busy or out of memory,
/// InternalError else; both name `what` and the driver's word for it.
void check(const CudaDriver& driver, CUresult result, const std::string& what);

}  // namespace agon
