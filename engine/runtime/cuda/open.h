#pragma once
#include <memory>
#include <string>

#include "engine/runtime/accelerator.h"

namespace agon {

class KernelRegistry;
class CudaContext;

/// The CUDA device of that number as an accelerator. Throws Error(Unavailable) saying what is
/// missing: a build with CUDA, the driver, a device of that number, the compiler.
std::unique_ptr<Accelerator> open_cuda(int number);
/// The same on a context that is open already.
std::unique_ptr<Accelerator> cuda_accelerator(std::unique_ptr<CudaContext> context);
/// Whether open_cuda(0) has a chance; never throws. `why`: what is missing.
bool has_cuda(std::string& why);
/// What kernels are prepared with; only for what open_cuda made.
CudaContext& cuda_context(Accelerator& accelerator);

/// Kernels of `upload`, `download` and `copy`.
void register_transfer_kernels(KernelRegistry& kernels, CudaContext& context);

}  // namespace agon
