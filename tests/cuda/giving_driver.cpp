#include "tests/cuda/giving_driver.h"

#include "tests/cuda/emulation.h"

namespace agon {

namespace {

int contexts = 0;

/// The failure asked for is of the first try.
template <auto Destroy, class Handle>
CUresult twice(Handle handle) {
  const CUresult result = (emulation::driver().*Destroy)(handle);
  if (result != CUDA_SUCCESS) (emulation::driver().*Destroy)(handle);
  return result;
}

CUresult context_retain(CUcontext* context, CUdevice device) {
  const CUresult result = emulation::driver().context_retain(context, device);
  if (result == CUDA_SUCCESS) ++contexts;
  return result;
}

CUresult context_release(CUdevice device) {
  --contexts;
  return emulation::driver().context_release(device);
}

CudaDriver make_driver() {
  CudaDriver made = emulation::driver();
  made.graph_destroy = twice<&CudaDriver::graph_destroy, CUgraph>;
  made.graph_exec_destroy = twice<&CudaDriver::graph_exec_destroy, CUgraphExec>;
  made.event_destroy = twice<&CudaDriver::event_destroy, CUevent>;
  made.stream_destroy = twice<&CudaDriver::stream_destroy, CUstream>;
  made.release = twice<&CudaDriver::release, CUdeviceptr>;
  made.release_host = twice<&CudaDriver::release_host, void*>;
  made.module_unload = twice<&CudaDriver::module_unload, CUmodule>;
  made.context_retain = context_retain;
  made.context_release = context_release;
  return made;
}

}  // namespace

const CudaDriver& giving_driver() {
  static const CudaDriver made = make_driver();
  return made;
}

int contexts_held() {
  return contexts;
}

}  // namespace agon
