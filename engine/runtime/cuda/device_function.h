#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ir/type.h"

namespace agon {

/// A kernel function in CUDA C++, written for one size of everything: sizes stand in its text as
/// numbers. `code` is the function's body; it may use what device_prelude() declares and
///   in0, in1, ...    const T*, of the inputs' dtypes (float, double, int)
///   out0, out1, ...  T*
///   scratch          char*, 64-byte aligned, shared by all functions of the node
///   n0, n1, ...      u64, `numbers` of them: what would make texts of its own, such as a seed
///   blockIdx.x, threadIdx.x (blockDim.x is kept out of the text: `threads` is known)
/// Outputs may lie where inputs lie only if the kernel says so (Kernel::may_overwrite).
struct DeviceFunction {
  std::string code;
  std::vector<DType> in, out;
  std::int64_t blocks = 1;
  int threads = 256;
  int numbers = 0;
};

/// "f" and 16 hex digits of the hash of everything but the number of blocks.
std::string function_name(const DeviceFunction& function);
/// extern "C" __global__ void __launch_bounds__(threads)
/// NAME(const float* in0, ..., float* out0, ..., char* scratch, unsigned long long n0, ...) {code}
std::string function_text(const DeviceFunction& function);
/// "float", "double", "int"
std::string_view device_type(DType dtype);

/// What comes before the functions of a module: the text of the headers named *_device.h that
/// cmake/prelude.cmake lists, in that order (integers, random words, the mathematics of pointwise
/// ops, sums over a block), and `using namespace agon::device`. Each header compiles as C++ too, so
/// that tests run it on the processors.
std::string_view device_prelude();

}  // namespace agon
