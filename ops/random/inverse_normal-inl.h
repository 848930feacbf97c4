// The normal distribution's inverse for whatever calculates: plain numbers and code of devices
// (random_device.h), vector code once for each of its targets (draws_cpu.cpp). So it stands in the
// namespace of who includes it, has no guard (not even HWY_TARGET_TOGGLE's) and includes nothing.
//
// M is how it calculates, with numbers M::F and bits M::U: see ScalarMath in random_device.h.

/// The double that is the whole number `a` < 2^52.
template <class M>
AGON_DEVICE typename M::F to_double(typename M::U a) {
  return M::sub(M::as_number(M::either(a, M::bits(0x4330000000000000))), M::number(0x1p52));
}

/// ln x of a normal x, within 1e-15 + 1e-15 |ln x|: x = 2^e m with m in [sqrt(1/2), sqrt(2)), and
/// ln m = 2 artanh s, s = (m - 1) / (m + 1), by its series.
template <class M>
AGON_DEVICE typename M::F natural_log(typename M::F x) {
  const auto raw = M::as_bits(x);
  const auto biased = M::exponent(M::plus(raw, M::bits(0x3ff0000000000000 - 0x3fe6a09e667f3bcd)));
  const auto m =
      M::as_number(M::plus(M::minus(raw, M::to_exponent(biased)), M::bits(0x3ff0000000000000)));
  const auto e = M::sub(to_double<M>(biased), M::number(1023));
  const auto s = M::div(M::sub(m, M::number(1)), M::add(m, M::number(1)));
  const auto z = M::mul(s, s);
  constexpr double kTerms[] = {2.0 / 15, 2.0 / 13, 2.0 / 11, 2.0 / 9,
                               2.0 / 7,  2.0 / 5,  2.0 / 3,  2.0};
  auto sum = M::number(2.0 / 17);
  AGON_UNROLL
  for (int i = 0; i < 8; ++i) sum = M::fma(sum, z, M::number(kTerms[i]));
  return M::fma(e, M::number(0.69314718055994530942), M::mul(sum, s));
}

/// Phi^-1((word + 1/2) / 2^32), the standard normal number of a random word in the low 32 bits;
/// relative error below 1e-10. With x = 2u - 1 it is x F(w), w = -ln(1 - x^2), F smooth (Giles:
/// "Approximating the erfinv function", 2010): two own polynomials, interpolated at Chebyshev
/// nodes, in w - 2.5 for w < 5 and in sqrt(w) - 3.436 up to the largest w, 21.49.
template <class M>
AGON_DEVICE typename M::F inverse_normal(typename M::U word) {
  struct Pair {
    double centre, tail;
  };
  constexpr int kCount = 15;
  constexpr Pair kPolynomials[kCount] = {
      {6.201319841068228e-13, 8.655515206931439e-07},
      {-4.792511695871498e-13, -2.2730251369169473e-06},
      {-4.259943027428379e-11, -2.519280003969203e-06},
      {1.835995126731283e-10, 1.794353455123464e-05},
      {1.2763109742443296e-09, -3.0602351907561654e-05},
      {-1.542434047204149e-08, 6.184066640608954e-06},
      {1.8991880009525e-08, 0.00011204540571678999},
      {6.771776964990134e-07, -0.0003748963075259111},
      {-4.831853114666299e-06, 0.0007643891986491819},
      {-7.065725989761959e-06, -0.0012245961245629258},
      {0.0003086524973893634, 0.0018945619786835063},
      {-0.0017715963973279607, -0.003356390520633183},
      {-0.005907619382438913, 0.005235084238602763},
      {0.3488020243798103, 1.4240039005270444},
      {2.12331346701467, 4.625932294946751},
  };
  const auto d = to_double<M>(word);
  const auto x = M::fma(d, M::number(0x1p-31), M::number(0x1p-32 - 1));
  const auto u = M::fma(d, M::number(0x1p-32), M::number(0x1p-33));
  const auto w = M::sub(M::number(0),
                        natural_log<M>(M::mul(M::mul(M::number(4), u), M::sub(M::number(1), u))));
  const auto split = M::number(5);
  const auto t =
      M::if_less(w, split, M::sub(w, M::number(2.5)), M::sub(M::sqrt(w), M::number(3.436)));
  auto f = M::number(0);
  AGON_UNROLL
  for (int i = 0; i < kCount; ++i) {
    const Pair p = kPolynomials[i];
    f = M::fma(f, t, M::if_less(w, split, M::number(p.centre), M::number(p.tail)));
  }
  return M::mul(f, x);
}
