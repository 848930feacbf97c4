#pragma once
// Device code, see engine/runtime/cuda/basics_device.h: what the pointwise ops do to one element,
// in float and in double. Each means what the op's reference says, also of NaN and infinities;
// errors in float are a few units of the last place.
#include "engine/runtime/cuda/basics_device.h"

namespace agon::device {

AGON_DEVICE float exp_of(float x) {
  return expf(x);
}
AGON_DEVICE double exp_of(double x) {
  return exp(x);
}
AGON_DEVICE float expm1_of(float x) {
  return expm1f(x);
}
AGON_DEVICE double expm1_of(double x) {
  return expm1(x);
}
AGON_DEVICE float log_of(float x) {
  return logf(x);
}
AGON_DEVICE double log_of(double x) {
  return log(x);
}
AGON_DEVICE float log1p_of(float x) {
  return log1pf(x);
}
AGON_DEVICE double log1p_of(double x) {
  return log1p(x);
}
AGON_DEVICE float sqrt_of(float x) {
  return sqrtf(x);
}
AGON_DEVICE double sqrt_of(double x) {
  return sqrt(x);
}
AGON_DEVICE float abs_of(float x) {
  return fabsf(x);
}
AGON_DEVICE double abs_of(double x) {
  return fabs(x);
}
AGON_DEVICE float floor_of(float x) {
  return floorf(x);
}
AGON_DEVICE double floor_of(double x) {
  return floor(x);
}
AGON_DEVICE float sin_of(float x) {
  return sinf(x);
}
AGON_DEVICE double sin_of(double x) {
  return sin(x);
}
AGON_DEVICE float cos_of(float x) {
  return cosf(x);
}
AGON_DEVICE double cos_of(double x) {
  return cos(x);
}
AGON_DEVICE float tanh_of(float x) {
  return tanhf(x);
}
AGON_DEVICE double tanh_of(double x) {
  return tanh(x);
}
AGON_DEVICE float erf_of(float x) {
  return erff(x);
}
AGON_DEVICE double erf_of(double x) {
  return erf(x);
}
AGON_DEVICE float pow_of(float a, float b) {
  return powf(a, b);
}
AGON_DEVICE double pow_of(double a, double b) {
  return pow(a, b);
}

template <class T>
AGON_DEVICE T sign_of(T x) {
  return x > 0 ? T(1) : x < 0 ? T(-1) : x;
}
template <class T>
AGON_DEVICE T sigmoid_of(T x) {
  const T e = exp_of(-abs_of(x));
  return (x >= 0 ? T(1) : e) / (1 + e);
}
template <class T>
AGON_DEVICE T softplus_of(T x) {
  return (x > 0 ? x : T(0)) + log1p_of(exp_of(-abs_of(x)));
}
template <class T>
AGON_DEVICE T relu_of(T x) {
  return x < 0 ? T(0) : x;
}
template <class T>
AGON_DEVICE T leaky_relu_of(T x, T slope) {
  return x > 0 ? x : slope * x;
}
template <class T>
AGON_DEVICE T elu_of(T x, T alpha) {
  return x > 0 ? x : alpha * expm1_of(x);
}
template <class T>
AGON_DEVICE T selu_of(T x) {
  constexpr double scale = 1.0507009873554804934193349852946;
  constexpr double alpha = 1.6732632423543772848170429916717;
  return x > 0 ? T(scale) * x : T(scale * alpha) * expm1_of(x);
}
template <class T>
AGON_DEVICE T silu_of(T x) {
  const T e = exp_of(-abs_of(x));
  return x * (x >= 0 ? T(1) : e) / (1 + e);
}

/// x erfc(a) / 2 of a = -x / sqrt(2). In the tail a relative error of a counts 2 a^2 times, so what
/// its rounding lost is put back: erfc(a + lost) = erfc(a) (1 - 2 a lost). Beyond 16 it is 0.
AGON_DEVICE float gelu_of(float x) {
  constexpr double root = 0.70710678118654752440;
  constexpr float high = static_cast<float>(root), low = static_cast<float>(root - high);
  const float a = -x * high;
  const float lost = fmaf(-x, low, fmaf(-x, high, -a));
  const float tail = erfcf(a);
  return 0.5f * x * (a > 1 && a < 16 ? tail * fmaf(-2 * a, lost, 1.0f) : tail);
}
AGON_DEVICE double gelu_of(double x) {
  return 0.5 * x * erfc(-x / 1.41421356237309504880);
}

/// A NaN on either side is the result of min and max.
template <class T>
AGON_DEVICE T min_of(T a, T b) {
  return a <= b || a != a ? a : b;
}
template <class T>
AGON_DEVICE T max_of(T a, T b) {
  return a >= b || a != a ? a : b;
}
template <class T>
AGON_DEVICE T equal_of(T a, T b) {
  return a == b ? T(1) : T(0);
}
template <class T>
AGON_DEVICE T not_equal_of(T a, T b) {
  return a != b ? T(1) : T(0);
}
template <class T>
AGON_DEVICE T less_of(T a, T b) {
  return a < b ? T(1) : T(0);
}
template <class T>
AGON_DEVICE T less_equal_of(T a, T b) {
  return a <= b ? T(1) : T(0);
}
template <class T>
AGON_DEVICE T greater_of(T a, T b) {
  return a > b ? T(1) : T(0);
}
template <class T>
AGON_DEVICE T greater_equal_of(T a, T b) {
  return a >= b ? T(1) : T(0);
}
template <class T>
AGON_DEVICE T where_of(T condition, T a, T b) {
  return condition != 0 ? a : b;
}

/// As op convert to i32: towards zero, saturating, 0 for NaN.
AGON_DEVICE double whole_of(double x) {
  if (x != x) return 0;
  return x <= -2147483648.0 ? -2147483648.0 : x >= 2147483647.0 ? 2147483647.0 : trunc(x);
}
/// Sums and products of two i32 fit 64 bits, and wrap.
AGON_DEVICE int wrapped(double x) {
  return static_cast<int>(static_cast<i64>(x));
}

}  // namespace agon::device
