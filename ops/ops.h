#pragma once

namespace agon {

class OpRegistry;
class KernelRegistry;
class CudaContext;

/// Every op of the library, in the order of ops/CMakeLists.txt.
void register_all_ops(OpRegistry& ops);
/// Every kernel; those of one op are tried in order of registration, its reference last.
void register_all_kernels(KernelRegistry& kernels);
/// Those of a CUDA device, which must outlive what they prepare; none in a build without CUDA.
void register_cuda_kernels(KernelRegistry& kernels, CudaContext& context);

}  // namespace agon
