#include "ops/conv/winograd/transforms.h"

#include <utility>

#include "ops/conv/winograd/tile_matrices.h"
#include "ops/gemm/gemm.h"
#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/conv/winograd/transforms.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace agon {
namespace HWY_NAMESPACE {
namespace {

#if AGON_VECTOR
namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

/// The matrix of one transform, by type.
template <int kM, int kR>
struct Input {
  static constexpr auto matrix = kTileMatrices<kM, kR>.bt;
};
template <int kM, int kR>
struct Weights {
  static constexpr auto matrix = kTileMatrices<kM, kR>.g;
};
template <int kM, int kR>
struct Output {
  static constexpr auto matrix = kTileMatrices<kM, kR>.at;
};
template <int kM, int kR>
struct OutputGrad {
  static constexpr auto matrix = kTileMatrices<kM, kR>.at.transposed();
};
template <int kM, int kR>
struct WeightGrad {
  static constexpr auto matrix = kTileMatrices<kM, kR>.g.transposed();
};

/// sum += coefficient (kRow, kColumn) times x; the first term that is not 0 begins the sum.
template <class T, int kRow, int kColumn>
HWY_INLINE void AddTerm(D d, V x, V& sum) {
  constexpr double kC = T::matrix.v[kRow][kColumn];
  constexpr bool kFirst = [] {
    for (int j = 0; j < kColumn; ++j)
      if (T::matrix.v[kRow][j] != 0) return false;
    return true;
  }();
  if constexpr (kC == 0) {
    if constexpr (kFirst) sum = hn::Zero(d);
  } else if constexpr (kFirst) {
    sum = kC == 1 ? x : hn::Mul(hn::Set(d, static_cast<float>(kC)), x);
  } else if constexpr (kC == 1) {
    sum = hn::Add(sum, x);
  } else if constexpr (kC == -1) {
    sum = hn::Sub(sum, x);
  } else {
    sum = hn::MulAdd(hn::Set(d, static_cast<float>(kC)), x, sum);
  }
}

/// Row kRow of the matrix times the vectors x[0], x[stride], ...
template <class T, int kRow, int... kColumn>
HWY_INLINE V RowTimes(D d, const V* x, int stride, std::integer_sequence<int, kColumn...>) {
  V sum = hn::Zero(d);
  (AddTerm<T, kRow, kColumn>(d, x[kColumn * stride], sum), ...);
  return sum;
}

/// The matrix times x, to y[0], y[stride], ...
template <class T, int... kRow>
HWY_INLINE void Times(D d, const V* x, V* y, int stride, std::integer_sequence<int, kRow...>) {
  constexpr std::make_integer_sequence<int, T::matrix.columns> kColumns;
  ((y[kRow * stride] = RowTimes<T, kRow>(d, x, 1, kColumns)), ...);
}

template <class T, class Load, class Store>
HWY_INLINE void TransformVectors(D d, const Load& load, const Store& store) {
  constexpr int kIn = T::matrix.columns, kOut = T::matrix.rows;
  constexpr std::make_integer_sequence<int, kOut> kRows;
  V half[kOut * kIn];  // [kOut, kIn]: the matrix applied to columns
#pragma GCC unroll 8
  for (int j = 0; j < kIn; ++j) {
    V column[kIn];
#pragma GCC unroll 8
    for (int i = 0; i < kIn; ++i) column[i] = load(i * kIn + j);
    Times<T>(d, column, half + j, kIn, kRows);
  }
#pragma GCC unroll 8
  for (int i = 0; i < kOut; ++i) {
    V row[kOut];
    Times<T>(d, half + i * kIn, row, 1, kRows);
#pragma GCC unroll 8
    for (int j = 0; j < kOut; ++j) store(i * kOut + j, row[j]);
  }
}

template <class T>
void Transform(const TileRows& rows) {
  const D d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t at = 0;
  const auto to = [&] { return at / kPanelColumns * rows.run_stride + at % kPanelColumns; };
  for (; at + lanes <= rows.count; at += lanes) {
    const std::int64_t where = to();
    TransformVectors<T>(
        d, [&](int i) HWY_ATTR { return hn::LoadU(d, rows.in[i] + at); },
        [&](int i, V v) HWY_ATTR { hn::StoreU(v, d, rows.out[i] + where); });
  }
  if (at == rows.count) return;
  const auto some = hn::FirstN(d, static_cast<std::size_t>(rows.count - at));
  const std::int64_t where = to();
  TransformVectors<T>(
      d, [&](int i) HWY_ATTR { return hn::MaskedLoad(some, d, rows.in[i] + at); },
      [&](int i, V v) HWY_ATTR { hn::BlendedStore(v, some, d, rows.out[i] + where); });
}

template <int kM, int kR>
constexpr TileTransforms kTransforms = {Transform<Input<kM, kR>>, Transform<Weights<kM, kR>>,
                                        Transform<Output<kM, kR>>, Transform<OutputGrad<kM, kR>>,
                                        Transform<WeightGrad<kM, kR>>};

const TileTransforms* FindTransforms(int m, int r) {
  if (m == 2 && r == 2) return &kTransforms<2, 2>;
  if (m == 4 && r == 2) return &kTransforms<4, 2>;
  if (m == 2 && r == 3) return &kTransforms<2, 3>;
  if (m == 4 && r == 3) return &kTransforms<4, 3>;
  return nullptr;
}
#else
const TileTransforms* FindTransforms(int, int) {
  return nullptr;
}
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace agon
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace agon {
namespace {
HWY_EXPORT(FindTransforms);

/// Two for each element of the matrix that is not 0, along both axes.
template <int kRows, int kColumns>
double flops_of(const TileMatrix<kRows, kColumns>& matrix) {
  double elements = 0;
  for (const auto& row : matrix.v)
    for (const double v : row) elements += v != 0;
  return 2 * elements * (kRows + kColumns);
}

template <int kM, int kR>
TileFlops flops_of_all() {
  const auto& matrices = kTileMatrices<kM, kR>;
  return {flops_of(matrices.bt), flops_of(matrices.g), flops_of(matrices.at),
          flops_of(matrices.at.transposed()), flops_of(matrices.g.transposed())};
}
}  // namespace

const TileTransforms* find_tile_transforms(int m, int r) {
  return HWY_DYNAMIC_DISPATCH(FindTransforms)(m, r);
}

TileFlops tile_flops(int m, int r) {
  if (r == 2) return m == 2 ? flops_of_all<2, 2>() : flops_of_all<4, 2>();
  return m == 2 ? flops_of_all<2, 3>() : flops_of_all<4, 3>();
}
}  // namespace agon
#endif
