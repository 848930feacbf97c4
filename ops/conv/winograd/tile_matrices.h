#pragma once
#include <array>
#include <cstdint>

namespace agon {

/// A small dense matrix known when compiling.
template <int kRows, int kColumns>
struct TileMatrix {
  static constexpr int rows = kRows, columns = kColumns;
  double v[kRows][kColumns] = {};

  constexpr TileMatrix<kColumns, kRows> transposed() const {
    TileMatrix<kColumns, kRows> t;
    for (int i = 0; i < kRows; ++i)
      for (int j = 0; j < kColumns; ++j) t.v[j][i] = v[i][j];
    return t;
  }
};

/// The matrices of F(m, r) (Winograd 1980, as Lavin and Gray, arXiv:1509.09308, write it): m
/// outputs of a correlation with r taps, y[i] = sum over k of d[i + k] w[k], are
///   y = at ((g w) * (bt d)),   d of n = m + r - 1 elements, * elementwise.
/// Built by evaluation in n - 1 points and at infinity (Toom and Cook): `at` and `g` evaluate the
/// polynomials of outputs and taps, the rows of `bt` are the Lagrange polynomials, their
/// denominators in `g`.
template <int kM, int kR>
struct TileMatrices {
  static constexpr int m = kM, r = kR, n = kM + kR - 1;
  TileMatrix<n, n> bt;
  TileMatrix<n, kR> g;
  TileMatrix<kM, n> at;

  constexpr explicit TileMatrices(const std::array<double, n - 1>& points) {
    double all[n] = {1};  // coefficients of the product of (x - a) over all points
    for (int k = 0; k < n - 1; ++k) times(all, points[k]);
    for (int j = 0; j < n - 1; ++j) {
      double others[n] = {1}, denominator = 1;
      for (int k = 0; k < n - 1; ++k) {
        if (k == j) continue;
        times(others, points[k]);
        denominator *= points[j] - points[k];
      }
      double power = 1;
      for (int i = 0; i < n; ++i, power *= points[j]) {
        bt.v[j][i] = others[i];
        if (i < kM) at.v[i][j] = power;
        if (i < kR) g.v[j][i] = power / denominator;
      }
    }
    for (int i = 0; i < n; ++i) bt.v[n - 1][i] = all[i];
    at.v[kM - 1][n - 1] = 1;
    g.v[n - 1][kR - 1] = 1;
  }

 private:
  /// polynomial *= x - a.
  static constexpr void times(double (&polynomial)[n], double a) {
    for (int i = n - 1; i >= 0; --i)
      polynomial[i] = (i > 0 ? polynomial[i - 1] : 0) - a * polynomial[i];
  }
};

/// Points chosen by measured rms error against a product in double (256 and 512 terms, even draws
/// in [-1, 1]), relative to a plain sum in float: the usual 0, 1, -1, 2 give 3.2 for F(4, 2) and
/// 0, 1, -1, 2, -2 3.5 for F(4, 3); these 2.0 and 1.8. F(2, 2) and F(2, 3) give 1.1 and 0.6. All
/// are dyadic, so that bt and at are exact.
template <int kM, int kR>
constexpr auto tile_points() {
  if constexpr (kM == 4 && kR == 3) {
    return std::array<double, 5>{0, 0.75, -0.75, 1.5, -1.5};
  } else if constexpr (kM + kR == 6) {
    return std::array<double, 4>{0, 0.5, -1, 2};
  } else if constexpr (kM + kR == 5) {
    return std::array<double, 3>{0, 1, -1};
  } else {
    return std::array<double, 2>{0, 1};
  }
}

template <int kM, int kR>
inline constexpr TileMatrices<kM, kR> kTileMatrices{tile_points<kM, kR>()};

}  // namespace agon
