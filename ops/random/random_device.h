#pragma once
// Device code (basics_device.h): the random words of engine/base/philox.h and the numbers made of
// them, with the same bits everywhere.
#include "engine/runtime/cuda/basics_device.h"

namespace agon::device {

/// How inverse_normal calculates: one number at a time. Vector code has a struct of the same
/// members; since each of them is correctly rounded (IEEE 754), the bits are the same everywhere.
struct ScalarMath {
  using F = double;
  using U = u64;
  static AGON_DEVICE F number(double v) { return v; }
  static AGON_DEVICE U bits(u64 v) { return v; }
  static AGON_DEVICE F fma(F a, F b, F c) { return ::fma(a, b, c); }
  static AGON_DEVICE F mul(F a, F b) { return a * b; }
  static AGON_DEVICE F add(F a, F b) { return a + b; }
  static AGON_DEVICE F sub(F a, F b) { return a - b; }
  static AGON_DEVICE F div(F a, F b) { return a / b; }
  static AGON_DEVICE F sqrt(F a) { return ::sqrt(a); }
  /// Where a < b: x, else y.
  static AGON_DEVICE F if_less(F a, F b, F x, F y) { return a < b ? x : y; }
#ifdef __CUDACC__
  static AGON_DEVICE U as_bits(F a) {
    return static_cast<U>(__double_as_longlong(a));
  }
  static AGON_DEVICE F as_number(U a) {
    return __longlong_as_double(static_cast<i64>(a));
  }
#else
  static AGON_DEVICE U as_bits(F a) {
    return std::bit_cast<U>(a);
  }
  static AGON_DEVICE F as_number(U a) {
    return std::bit_cast<F>(a);
  }
#endif
  static AGON_DEVICE U plus(U a, U b) {
    return a + b;
  }
  static AGON_DEVICE U minus(U a, U b) {
    return a - b;
  }
  static AGON_DEVICE U either(U a, U b) {
    return a | b;
  }
  static AGON_DEVICE U exponent(U a) {
    return a >> 52;
  }
  static AGON_DEVICE U to_exponent(U a) {
    return a << 52;
  }
};

#include "ops/random/inverse_normal-inl.h"

struct RandomWords {
  u32 word[4];
};

/// Philox4x32-10 of the counter (block, step, draw); the key's first word is the low half.
AGON_DEVICE RandomWords random_words(u64 block, u32 step, u32 draw, u64 key) {
  u32 c0 = static_cast<u32>(block), c1 = static_cast<u32>(block >> 32), c2 = step, c3 = draw;
  u32 k0 = static_cast<u32>(key), k1 = static_cast<u32>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const u64 a = u64{0xD2511F53} * c0;
    const u64 b = u64{0xCD9E8D57} * c2;
    c0 = static_cast<u32>(b >> 32) ^ c1 ^ k0;
    c2 = static_cast<u32>(a >> 32) ^ c3 ^ k1;
    c1 = static_cast<u32>(b);
    c3 = static_cast<u32>(a);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

/// A step or draw, which graphs hold as f64.
AGON_DEVICE u32 counter_of(double whole) {
  return static_cast<u32>(static_cast<i64>(whole));
}

AGON_DEVICE double uniform_number(u32 word) {
  return static_cast<double>(word >> 8) * 0x1p-24;
}

AGON_DEVICE double normal_number(u32 word) {
  return inverse_normal<ScalarMath>(word);
}

}  // namespace agon::device
