// Functions of float32 vectors, compiled once for each target. Errors are in units of the last
// place of the result; arguments are any float32, NaN gives NaN. What is below the smallest normal
// number may count as 0.
#if defined(AGON_OPS_POINTWISE_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef AGON_OPS_POINTWISE_MATH_INL_H_
#undef AGON_OPS_POINTWISE_MATH_INL_H_
#else
#define AGON_OPS_POINTWISE_MATH_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <array>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace agon {
namespace HWY_NAMESPACE {
namespace math {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

HWY_INLINE V Number(D d, double v) {
  return hn::Set(d, static_cast<float>(v));
}

template <std::size_t N>
HWY_INLINE V Polynomial(D d, const std::array<double, N>& highest_first, V x) {
  V sum = Number(d, highest_first[0]);
#pragma GCC unroll 16
  for (std::size_t i = 1; i < N; ++i) sum = hn::MulAdd(sum, x, Number(d, highest_first[i]));
  return sum;
}

/// x where x is NaN, else y.
HWY_INLINE V OrNaN(V x, V y) {
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

/// e^x, 1 unit.
HWY_INLINE V Exp(D d, V x) {
  return OrNaN(x, hn::Exp(d, hn::Min(x, Number(d, 100))));
}

/// e^x - 1 for x <= 0, 4 units.
HWY_INLINE V Expm1OfNegative(D d, V x) {
  return OrNaN(x, hn::Expm1(d, hn::Min(x, hn::Zero(d))));
}

/// ln x, 4 units; -infinity at 0, NaN below.
HWY_INLINE V Log(D d, V x) {
  const V infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  const V nan = hn::Set(d, std::numeric_limits<float>::quiet_NaN());
  V y = hn::Log(d, x);
  y = hn::IfThenElse(hn::Eq(x, infinity), x, y);
  y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(infinity), y);
  return OrNaN(x, hn::IfThenElse(hn::Lt(x, hn::Zero(d)), nan, y));
}

/// 4 units.
HWY_INLINE V Tanh(D d, V x) {
  return OrNaN(x, hn::Tanh(d, x));
}

/// 1 / (1 + e^-x), 3 units: no e^|x| that overflows.
HWY_INLINE V Sigmoid(D d, V x) {
  const V one = Number(d, 1);
  const V e = Exp(d, hn::Neg(hn::Abs(x)));
  return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), hn::Add(one, e));
}

/// ln(1 + e^x), 3 units.
HWY_INLINE V Softplus(D d, V x) {
  const V tail = hn::Log1p(d, Exp(d, hn::Neg(hn::Abs(x))));
  return OrNaN(x, hn::Add(hn::Max(x, hn::Zero(d)), tail));
}

/// erfc(a) = e^(-a^2) erfcx(a) of 0 <= a <= 10.1, where a^2 = square + rest: an own polynomial of
/// erfcx(a) / t in t - 0.642, t = 1 / (1 + a / 4), interpolated at Chebyshev nodes; 4 units.
HWY_INLINE V ErfcOf(D d, V a, V square, V rest) {
  constexpr std::array kErfcx = {-0.200067362, -0.225522166, 0.288173761, 1.26294642,
                                 2.2768833,    2.8510017,    2.77492244,  2.19563511,
                                 1.44152532,   0.791312934,  0.362528113};
  const V one = Number(d, 1);
  const V t = hn::Div(one, hn::MulAdd(a, Number(d, 0.25), one));
  const V scaled = hn::Mul(t, Polynomial(d, kErfcx, hn::Sub(t, Number(d, 0.641843971631205674))));
  const V e = hn::Exp(d, hn::Neg(square));
  return hn::Mul(hn::NegMulAdd(e, rest, e), scaled);
}

/// 3 units: an own polynomial of erf(x) / x in x^2 up to 0.75, above it 1 - erfc.
HWY_INLINE V Erf(D d, V x) {
  constexpr std::array kSmall = {8.74782993e-5, -0.000822656821, 0.00520798088, -0.0268620364,
                                 0.112837404,   -0.376126365,    1.12837917};
  const V a = hn::Min(hn::Abs(x), Number(d, 10.1));
  const V square = hn::Mul(a, a);
  const V small = hn::Mul(x, Polynomial(d, kSmall, square));
  const V tail = ErfcOf(d, a, square, hn::MulSub(a, a, square));
  const V large = hn::CopySign(hn::Sub(Number(d, 1), tail), x);
  return OrNaN(x, hn::IfThenElse(hn::Lt(square, Number(d, 0.75)), small, large));
}

/// x Phi(x), Phi(-a) = erfc(a / sqrt 2) / 2; 6 units, also in the tail.
HWY_INLINE V Gelu(D d, V x) {
  const V half = Number(d, 0.5);
  const V a = hn::Min(hn::Abs(x), Number(d, 14.2));
  const V square = hn::Mul(a, a);
  const V rest = hn::MulSub(a, a, square);
  const V tail = hn::Mul(half, ErfcOf(d, hn::Mul(a, Number(d, 0.70710678118654752440)),
                                      hn::Mul(square, half), hn::Mul(rest, half)));
  const V phi = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), tail, hn::Sub(Number(d, 1), tail));
  return hn::Mul(x, phi);
}

}  // namespace math
}  // namespace HWY_NAMESPACE
}  // namespace agon
HWY_AFTER_NAMESPACE();
#endif
