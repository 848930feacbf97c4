#include "engine/base/error.h"
#include "engine/runtime/cuda/open.h"

namespace agon {

namespace {
constexpr const char* kAbsent =
    "this program was built without CUDA: its headers (cuda.h, nvrtc.h, cublasLt.h, cudnn.h) were "
    "not found";
}  // namespace

std::unique_ptr<Accelerator> open_cuda(int) {
  throw Error(ExitCode::Unavailable, kAbsent);
}

bool has_cuda(std::string& why) {
  why = kAbsent;
  return false;
}

CudaContext& cuda_context(Accelerator&) {
  throw InternalError(kAbsent);
}

std::unique_ptr<Accelerator> cuda_accelerator(std::unique_ptr<CudaContext>) {
  throw InternalError(kAbsent);
}

void register_transfer_kernels(KernelRegistry&, CudaContext&) {
  throw InternalError(kAbsent);
}

}  // namespace agon
