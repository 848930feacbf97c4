#pragma once
// Device code: see engine/runtime/cuda/device_function.h.
#include "engine/runtime/cuda/basics_device.h"

namespace agon::device {

using u16 = unsigned short;

/// The upper half of x rounded to nearest, ties to even: a bfloat16. NaN stays NaN.
AGON_DEVICE u16 bf16_bits(float x) {
#ifdef __CUDACC__
  const u32 bits = __float_as_uint(x);
#else
  const u32 bits = std::bit_cast<u32>(x);
#endif
  if (x != x) return static_cast<u16>(bits >> 16 | 0x40);
  return static_cast<u16>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/// The nearest bfloat16, ties to even; infinity beyond the largest, NaN for NaN.
AGON_DEVICE float nearest_bf16(float x) {
  const u32 bits = static_cast<u32>(bf16_bits(x)) << 16;
#ifdef __CUDACC__
  return __uint_as_float(bits);
#else
  return std::bit_cast<float>(bits);
#endif
}

/// The same of a double, rounded once.
AGON_DEVICE double nearest_bf16(double x) {
  if (x == 0 || x != x) return x;
  const double size = x < 0 ? -x : x;
  double near;
  if (size < 0x1p-126) {  // below, bfloat16 has no finer steps than 2^-133
    near = size + 0x1.8p-81 - 0x1.8p-81;
  } else {
#ifdef __CUDACC__
    const u64 bits = static_cast<u64>(__double_as_longlong(size));
    near = __longlong_as_double(
        static_cast<i64>((bits + (1ULL << 44) - 1 + (bits >> 45 & 1)) >> 45 << 45));
#else
    const u64 bits = std::bit_cast<u64>(size);
    near = std::bit_cast<double>((bits + (1ULL << 44) - 1 + (bits >> 45 & 1)) >> 45 << 45);
#endif
    if (near >= 0x1p128) near *= 0x1p1000;
  }
  return x < 0 ? -near : near;
}

}  // namespace agon::device
