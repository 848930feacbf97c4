#include "ops/gemm/gemm.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/gemm/gemm.cpp"
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
constexpr std::int64_t kLanes = HWY_MAX_BYTES / sizeof(float);
// 24 accumulators of 32 registers, or 12 of 16
constexpr std::int64_t kTileRows = kLanes == 16 ? 12 : 6;
constexpr std::int64_t kTileColumns = 2 * kLanes;
constexpr std::int64_t kBlockK = 256;     // a panel of B stays in the first cache
constexpr std::int64_t kBlockRows = 192;  // rows of A that stay in the second

struct Tile {
  std::int64_t k;
  const float* a;
  std::int64_t a_stride;  // of the axis of A that is not contiguous
  const float* b;
  std::int64_t b_stride;
  float* c;
  std::int64_t c_stride;
  std::int64_t columns;
  bool accumulate;
};
using TileFunction = void (*)(const Tile& tile);

/// How much of its two vectors a tile uses.
enum Width { kOnePartial, kTwoPartial, kTwo };

template <int kRows, Width kWidth, bool kRowMajor>
void MultiplyTile(const Tile& t) {
  constexpr int kVectors = kWidth == kOnePartial ? 1 : 2;
  constexpr int kLast = kVectors - 1;
  const D d;
  const auto some = hn::FirstN(d, static_cast<std::size_t>(t.columns - kLast * kLanes));
  const auto load = [&](const float* from, int j) HWY_ATTR {
    const float* at = from + j * kLanes;
    return kWidth != kTwo && j == kLast ? hn::MaskedLoad(some, d, at) : hn::LoadU(d, at);
  };
  V sums[kRows][kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) sums[i][j] = hn::Zero(d);
  if (t.accumulate) {
    const float* c = t.c;
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i, c += t.c_stride)
#pragma GCC unroll 2
      for (int j = 0; j < kVectors; ++j) sums[i][j] = load(c, j);
  }
  // groups of three rows, since an address holds a register once or twice
  constexpr int kGroups = kRowMajor ? (kRows + 2) / 3 : 1;
  const std::int64_t a_stride = t.a_stride, b_stride = t.b_stride;
  const float* a[kGroups];
#pragma GCC unroll 4
  for (int g = 0; g < kGroups; ++g) a[g] = t.a + 3 * g * a_stride;
  const float* b = t.b;
  for (std::int64_t k = t.k; k > 0; --k) {
    V right[kVectors];
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) right[j] = load(b, j);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const V left = hn::Set(d, kRowMajor ? a[i / 3][i % 3 * a_stride] : a[0][i]);
#pragma GCC unroll 2
      for (int j = 0; j < kVectors; ++j) sums[i][j] = hn::MulAdd(left, right[j], sums[i][j]);
    }
#pragma GCC unroll 4
    for (int g = 0; g < kGroups; ++g) a[g] += kRowMajor ? 1 : a_stride;
    b += b_stride;
  }
  float* c = t.c;
  const std::int64_t c_stride = t.c_stride;
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i, c += c_stride) {
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) {
      float* at = c + j * kLanes;
      if (kWidth != kTwo && j == kLast) {
        hn::BlendedStore(sums[i][j], some, d, at);
      } else {
        hn::StoreU(sums[i][j], d, at);
      }
    }
  }
}

template <Width kWidth, bool kRowMajor, std::size_t... I>
constexpr auto TilesOfRows(std::index_sequence<I...>) {
  return std::array<TileFunction, sizeof...(I)>{MultiplyTile<I + 1, kWidth, kRowMajor>...};
}
template <Width kWidth, bool kRowMajor>
constexpr auto kTiles = TilesOfRows<kWidth, kRowMajor>(std::make_index_sequence<kTileRows>());

TileFunction TileOf(bool row_major, std::int64_t rows, std::int64_t columns) {
  const auto at = static_cast<std::size_t>(rows - 1);
  if (columns == kTileColumns) return row_major ? kTiles<kTwo, true>[at] : kTiles<kTwo, false>[at];
  if (columns > kLanes)
    return row_major ? kTiles<kTwoPartial, true>[at] : kTiles<kTwoPartial, false>[at];
  return row_major ? kTiles<kOnePartial, true>[at] : kTiles<kOnePartial, false>[at];
}

/// Rows of A that one tile may take: any, or those of one panel.
std::int64_t RowsTogether(const GemmLeft& a, std::int64_t m) {
  return a.panel == kPanelRows * a.row ? m : std::min(m, kPanelRows);
}

/// A slab of at most kBlockK of k and kBlockRows rows.
void MultiplySlab(const GemmSize& size, const GemmLeft& a, const GemmRight& b, const GemmResult& c,
                  bool accumulate) {
  const bool row_major = a.step == 1;
  const std::int64_t together = RowsTogether(a, size.m);
  for (std::int64_t column = 0; column < size.n; column += kTileColumns) {
    const std::int64_t columns = std::min(kTileColumns, size.n - column);
    Tile tile{.k = size.k,
              .a = nullptr,
              .a_stride = row_major ? a.row : a.step,
              .b = b.data + column / kPanelColumns * b.panel + column % kPanelColumns,
              .b_stride = b.step,
              .c = nullptr,
              .c_stride = c.stride,
              .columns = columns,
              .accumulate = accumulate};
    for (std::int64_t panel = 0; panel < size.m; panel += together) {
      const std::int64_t end = std::min(size.m, panel + together);
      std::int64_t tiles = (end - panel + kTileRows - 1) / kTileRows;
      for (std::int64_t row = panel; row < end; --tiles) {
        const std::int64_t rows = (end - row + tiles - 1) / tiles;
        tile.a = a.data + row / kPanelRows * a.panel + row % kPanelRows * a.row;
        tile.c = c.data + row * c.stride + column;
        TileOf(row_major, rows, columns)(tile);
        row += rows;
      }
    }
  }
}

void Multiply(const GemmSize& size, const GemmLeft& a, const GemmRight& b, const GemmResult& c,
              bool accumulate) {
  std::int64_t k = 0;
  do {
    const std::int64_t depth = std::min(kBlockK, size.k - k);
    for (std::int64_t row = 0; row < size.m; row += kBlockRows) {
      GemmLeft left = a;
      left.data += row / kPanelRows * a.panel + k * a.step;
      GemmRight right = b;
      right.data += k * b.step;
      const GemmSize slab{std::min(kBlockRows, size.m - row), size.n, depth};
      MultiplySlab(slab, left, right, {c.data + row * c.stride, c.stride}, accumulate || k > 0);
    }
    k += kBlockK;
  } while (k < size.k);
}

using D8 = hn::CappedTag<float, 8>;
using V8 = hn::Vec<D8>;

HWY_INLINE V8 LowerPairs(V8 a, V8 b) {
  const hn::Repartition<double, D8> pairs;
  return hn::BitCast(D8(), hn::InterleaveLower(hn::BitCast(pairs, a), hn::BitCast(pairs, b)));
}
HWY_INLINE V8 UpperPairs(V8 a, V8 b) {
  const hn::Repartition<double, D8> pairs;
  return hn::BitCast(D8(),
                     hn::InterleaveUpper(pairs, hn::BitCast(pairs, a), hn::BitCast(pairs, b)));
}

/// The 8 x 8 matrix of rows r, transposed: elements, pairs, then halves are exchanged.
HWY_INLINE void TransposeEight(V8 r[8]) {
  const D8 d;
  V8 s[8];
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    s[i] = hn::InterleaveLower(d, r[i], r[i + 1]);
    s[i + 1] = hn::InterleaveUpper(d, r[i], r[i + 1]);
  }
  V8 t[8];
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    t[i] = LowerPairs(s[i], s[i + 2]);
    t[i + 1] = UpperPairs(s[i], s[i + 2]);
    t[i + 2] = LowerPairs(s[i + 1], s[i + 3]);
    t[i + 3] = UpperPairs(s[i + 1], s[i + 3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    r[i] = hn::ConcatLowerLower(d, t[i + 4], t[i]);
    r[i + 4] = hn::ConcatUpperUpper(d, t[i + 4], t[i]);
  }
}

void TransposeBlock(const float* from, std::int64_t from_stride, float* to,
                    std::int64_t to_stride) {
  const D8 d;
  V8 rows[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) rows[i] = hn::LoadU(d, from + i * from_stride);
  TransposeEight(rows);
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) hn::StoreU(rows[i], d, to + i * to_stride);
}

void Transpose(std::int64_t rows, std::int64_t columns, const float* from, std::int64_t from_stride,
               float* to, std::int64_t to_stride) {
  for (std::int64_t i = 0; i < rows; i += 8) {
    std::int64_t j = 0;
    if (i + 8 <= rows) {
      for (; j + 8 <= columns; j += 8)
        TransposeBlock(from + i * from_stride + j, from_stride, to + j * to_stride + i, to_stride);
    }
    for (; j < columns; ++j) {
      for (std::int64_t r = i; r < std::min(rows, i + 8); ++r)
        to[j * to_stride + r] = from[r * from_stride + j];
    }
  }
}

void PackRight(std::int64_t k, std::int64_t n, const float* b, std::int64_t stride, bool transposed,
               float* panels) {
  for (std::int64_t column = 0; column < n; column += kPanelColumns) {
    const std::int64_t columns = std::min(kPanelColumns, n - column);
    float* panel = panels + column * k;
    if (transposed) {
      Transpose(columns, k, b + column * stride, stride, panel, kPanelColumns);
    } else {
      for (std::int64_t i = 0; i < k; ++i)
        std::copy_n(b + i * stride + column, columns, panel + i * kPanelColumns);
    }
  }
}

constexpr GemmFunctions kFunctions = {Multiply, PackRight, Transpose};
const GemmFunctions* FindGemm() {
  return &kFunctions;
}
#else
const GemmFunctions* FindGemm() {
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
HWY_EXPORT(FindGemm);
}  // namespace

const GemmFunctions* find_gemm() {
  return HWY_DYNAMIC_DISPATCH(FindGemm)();
}
}  // namespace agon
#endif
