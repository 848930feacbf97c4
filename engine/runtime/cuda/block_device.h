#pragma once
// Device code, see basics_device.h: how the threads of a block read, write and add up.
#include "engine/runtime/cuda/basics_device.h"

namespace agon::device {

constexpr double kInfinity = __builtin_bit_cast(double, 0x7ff0000000000000ULL);
constexpr double kNaN = __builtin_bit_cast(double, 0x7ff8000000000000ULL);

/// Four neighbours that are read and written at once.
struct alignas(16) Four {
  float at[4];
};
/// `from` and `to` at multiples of 16 bytes.
AGON_DEVICE Four four_at(const float* from) {
  return *reinterpret_cast<const Four*>(from);
}
AGON_DEVICE void put_four(float* to, Four value) {
  *reinterpret_cast<Four*>(to) = value;
}

/// The largest so far: a NaN once there is one.
template <class T>
AGON_DEVICE T larger(T best, T x) {
  return x > best || x != x ? x : best;
}

/// Of each of `parts` arrays of `threads` numbers, one for each thread of the block, lane 0 gets
/// the sum over `lanes` threads that stand `stride` apart: neighbours by halves, so that an error
/// grows with the logarithm. Every thread of the block calls it, with its own lane.
template <int threads, int lanes, int stride, int parts, class T>
AGON_DEVICE void sum_lanes(T* numbers, u32 thread, u32 lane) {
  for (u32 n = lanes; n > 1; n = (n + 1) / 2) {
    __syncthreads();
    if (lane >= n / 2) continue;
    for (u32 p = 0; p < parts; ++p)
      numbers[p * threads + thread] += numbers[p * threads + thread + (n + 1) / 2 * stride];
  }
}

/// The same for the largest.
template <int threads, int lanes, int stride, int parts, class T>
AGON_DEVICE void max_lanes(T* numbers, u32 thread, u32 lane) {
  for (u32 n = lanes; n > 1; n = (n + 1) / 2) {
    __syncthreads();
    if (lane >= n / 2) continue;
    for (u32 p = 0; p < parts; ++p) {
      T& best = numbers[p * threads + thread];
      best = larger(best, numbers[p * threads + thread + (n + 1) / 2 * stride]);
    }
  }
}

}  // namespace agon::device
