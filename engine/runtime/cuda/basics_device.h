#pragma once
// Device code: this text stands before all generated functions (device_prelude), and tests compile
// it as C++. It may use no other header where it is compiled by NVRTC.
#ifdef __CUDACC__
#define AGON_DEVICE __device__ __forceinline__
#define AGON_UNROLL _Pragma("unroll")
#else
#include <bit>
#include <cmath>
#define AGON_DEVICE inline
#define AGON_UNROLL _Pragma("GCC unroll 16")
#endif

namespace agon::device {

// NOLINTBEGIN(readability-identifier-naming): they stand in every line of index arithmetic
using u32 = unsigned int;
using u64 = unsigned long long;
using i64 = long long;
// NOLINTEND(readability-identifier-naming)

/// What every function is given before its own text: a number for each thread of all blocks.
AGON_DEVICE i64 thread_of(u32 block, u32 threads, u32 thread) {
  return static_cast<i64>(block) * threads + thread;
}

}  // namespace agon::device
