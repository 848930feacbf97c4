#include "ops/gemm/gemm.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/gemm/gemm.cpp"
#include <hwy/cache_control.h>
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
// 24 accumulators of 32 registers, or 12 of 16: two vectors wide, or four where registers allow it
// and B lies in long rows, so that fewer of its lines are looked up
constexpr std::int64_t kTileRows = kLanes == 16 ? 12 : 6;
constexpr std::int64_t kTileColumns = 2 * kLanes;
constexpr bool kMayBeWide = kLanes == 16;
constexpr std::int64_t kBlockK = 256;     // a panel of B stays in the first cache
constexpr std::int64_t kBlockRows = 192;  // rows of A that stay in the second
constexpr std::int64_t kLongSum = 4096;   // more terms in a row lose too much: blocks are added up
constexpr std::int64_t kLine = 16;        // floats of a cache line
constexpr std::int64_t kRowsAhead = 24;   // a row of B takes about ten cycles, the third cache 200

/// What becomes of what lies in C.
enum class Onto {
  Nothing,  // it is overwritten
  Sums,     // they go on from it
  Result    // they begin with 0 and are added to it
};

struct Tile {
  std::int64_t k;
  const float* a;
  std::int64_t a_stride;  // of the axis of A that is not contiguous
  const float* b;
  std::int64_t b_stride;
  float* c;
  std::int64_t c_stride;
  std::int64_t columns;
  Onto onto;
  // how far beyond what is read now memory is asked for, in floats; 0: it is not
  std::int64_t a_ahead = 0, b_ahead = 0;
  std::int64_t b_rows = 0;  // of B from here on, also beyond k
};
using TileFunction = void (*)(const Tile& tile);

/// Vectors of a row of the tile; of a partial one the last is masked.
enum Width { kOnePartial, kTwoPartial, kTwo, kFour };

/// Sums of a tile: for each k, kRows elements of A times kVectors vectors of B.
template <int kRows, Width kWidth, bool kRowMajor>
struct Sums {
  static constexpr int kVectors = kWidth == kOnePartial ? 1 : kWidth == kFour ? 4 : 2;
  static constexpr bool kPartial = kWidth == kOnePartial || kWidth == kTwoPartial;
  // A read by rows: groups of three, since an address holds a stride once or twice
  static constexpr int kGroups = kRowMajor ? (kRows + 2) / 3 : 1;

  const D d;
  const hn::Mask<D> some;
  V sums[kRows][kVectors];

  HWY_INLINE explicit Sums(std::int64_t columns)
      : d(), some(hn::FirstN(d, static_cast<std::size_t>(columns - (kVectors - 1) * kLanes))) {}

  HWY_INLINE V load(const float* row, int j) const {
    const float* at = row + j * kLanes;
    return kPartial && j == kVectors - 1 ? hn::MaskedLoad(some, d, at) : hn::LoadU(d, at);
  }
  HWY_INLINE void begin(const Tile& t) {
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i)
#pragma GCC unroll 4
      for (int j = 0; j < kVectors; ++j) sums[i][j] = hn::Zero(d);
    if (t.onto != Onto::Sums) return;
    const float* c = t.c;
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i, c += t.c_stride)
#pragma GCC unroll 4
      for (int j = 0; j < kVectors; ++j) sums[i][j] = load(c, j);
  }
  HWY_INLINE void add(const float* const* a, std::int64_t a_stride, const float* b) {
    V right[kVectors];
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) right[j] = load(b, j);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const V left = hn::Set(d, kRowMajor ? a[i / 3][i % 3 * a_stride] : a[0][i]);
#pragma GCC unroll 4
      for (int j = 0; j < kVectors; ++j) sums[i][j] = hn::MulAdd(left, right[j], sums[i][j]);
    }
  }
  HWY_INLINE void end(const Tile& t) const {
    float* c = t.c;
    const std::int64_t c_stride = t.c_stride;
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i, c += c_stride) {
#pragma GCC unroll 4
      for (int j = 0; j < kVectors; ++j) {
        const V sum = t.onto == Onto::Result ? hn::Add(load(c, j), sums[i][j]) : sums[i][j];
        if (kPartial && j == kVectors - 1) {
          hn::BlendedStore(sum, some, d, c + j * kLanes);
        } else {
          hn::StoreU(sum, d, c + j * kLanes);
        }
      }
    }
  }
};

template <int kRows, Width kWidth, bool kRowMajor>
void MultiplyTile(const Tile& t) {
  using S = Sums<kRows, kWidth, kRowMajor>;
  S sums(t.columns);
  sums.begin(t);
  const std::int64_t a_stride = t.a_stride, b_stride = t.b_stride;
  const std::int64_t a_ahead = t.a_ahead;
  const float* a[S::kGroups];
#pragma GCC unroll 4
  for (int g = 0; g < S::kGroups; ++g) a[g] = t.a + 3 * g * a_stride;
  const float* b = t.b;
  for (std::int64_t left = t.k; left > 0; left -= kLine) {
    if (kRowMajor && a_ahead != 0) {
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) hwy::Prefetch(a[i / 3] + i % 3 * a_stride + a_ahead);
    }
    const std::int64_t b_ahead = t.k - left + kRowsAhead < t.b_rows ? t.b_ahead : 0;
    for (std::int64_t k = std::min(left, kLine); k > 0; --k) {
      if (b_ahead != 0) {
        for (int j = 0; j < S::kVectors; ++j) hwy::Prefetch(b + b_ahead + j * kLanes);
      }
      sums.add(a, a_stride, b);
#pragma GCC unroll 4
      for (int g = 0; g < S::kGroups; ++g) a[g] += kRowMajor ? 1 : a_stride;
      b += b_stride;
    }
  }
  sums.end(t);
}

template <Width kWidth, bool kRowMajor, std::size_t... I>
constexpr auto TilesOfRows(std::index_sequence<I...>) {
  return std::array<TileFunction, sizeof...(I)>{MultiplyTile<I + 1, kWidth, kRowMajor>...};
}
template <Width kWidth, bool kRowMajor>
constexpr auto kTiles = TilesOfRows<kWidth, kRowMajor>(
    std::make_index_sequence<kWidth == kFour ? kTileRows / 2 : kTileRows>());

template <bool kRowMajor>
TileFunction TileOf(std::int64_t rows, std::int64_t columns) {
  const auto at = static_cast<std::size_t>(rows - 1);
  if constexpr (kMayBeWide) {
    if (columns == 2 * kTileColumns) return kTiles<kFour, kRowMajor>[at];
  }
  if (columns == kTileColumns) return kTiles<kTwo, kRowMajor>[at];
  return columns > kLanes ? kTiles<kTwoPartial, kRowMajor>[at] : kTiles<kOnePartial, kRowMajor>[at];
}

/// The rows of a slab in tiles of about equal height. The tile is not copied: reading in wide steps
/// what was just written in narrow ones would wait for all results on their way to memory.
void MultiplyColumns(Tile& tile, std::int64_t m, const GemmLeft& a, std::int64_t tile_rows) {
  const bool row_major = a.step == 1;
  float* const c = tile.c;
  const std::int64_t a_ahead = tile.a_ahead, b_ahead = tile.b_ahead;
  std::int64_t tiles = (m + tile_rows - 1) / tile_rows;
  for (std::int64_t row = 0; row < m; --tiles) {
    const std::int64_t rows = (m - row + tiles - 1) / tiles;
    tile.a = a.data + row * a.row;
    tile.c = c + row * tile.c_stride;
    tile.a_ahead = row + rows < m ? a_ahead * rows : 0;
    tile.b_ahead = row == 0 ? b_ahead : 0;
    (row_major ? TileOf<true> : TileOf<false>)(rows, tile.columns)(tile);
    row += rows;
  }
}

/// At most kBlockK of k and kBlockRows rows; b_rows: of B from here on.
void MultiplySlab(const GemmSize& size, const GemmLeft& a, const GemmRight& b, std::int64_t b_rows,
                  const GemmResult& c, Onto onto) {
  const bool in_rows = b.panel == kPanelColumns;
  std::int64_t columns = 0;
  for (std::int64_t column = 0; column < size.n; column += columns) {
    const bool wide = kMayBeWide && in_rows && size.n - column >= 2 * kTileColumns;
    columns = wide ? 2 * kTileColumns : std::min(kTileColumns, size.n - column);
    Tile tile{.k = size.k,
              .a = nullptr,
              .a_stride = a.step == 1 ? a.row : a.step,
              .b = b.data + column / kPanelColumns * b.panel + column % kPanelColumns,
              .b_stride = b.step,
              .c = c.data + column,
              .c_stride = c.stride,
              .columns = columns,
              .onto = onto,
              .a_ahead = column == 0 ? a.row : 0,
              .b_ahead = in_rows ? kRowsAhead * b.step : 0,
              .b_rows = b_rows};
    MultiplyColumns(tile, size.m, a, wide ? kTileRows / 2 : kTileRows);
  }
}

void Multiply(const GemmSize& size, const GemmLeft& a, const GemmRight& b, const GemmResult& c,
              bool accumulate) {
  const Onto later = size.k > kLongSum ? Onto::Result : Onto::Sums;
  std::int64_t k = 0;
  do {
    const std::int64_t depth = std::min(kBlockK, size.k - k);
    for (std::int64_t row = 0; row < size.m; row += kBlockRows) {
      GemmLeft left = a;
      left.data += row * a.row + k * a.step;
      GemmRight right = b;
      right.data += k * b.step;
      const GemmSize slab{std::min(kBlockRows, size.m - row), size.n, depth};
      MultiplySlab(slab, left, right, size.k - k, {c.data + row * c.stride, c.stride},
                   accumulate || k > 0 ? later : Onto::Nothing);
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

/// Eight rows of the result after the other, each written at once: lines far apart in steps of a
/// power of two would else push one another out of the cache.
void Transpose(std::int64_t rows, std::int64_t columns, const float* from, std::int64_t from_stride,
               float* to, std::int64_t to_stride) {
  for (std::int64_t j = 0; j < columns; j += 8) {
    std::int64_t i = 0;
    if (j + 8 <= columns) {
      for (; i + 8 <= rows; i += 8)
        TransposeBlock(from + i * from_stride + j, from_stride, to + j * to_stride + i, to_stride);
    }
    for (std::int64_t c = j; c < std::min(columns, j + 8); ++c) {
      for (std::int64_t r = i; r < rows; ++r) to[c * to_stride + r] = from[r * from_stride + c];
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
