#include "ops/gemm/dots.h"

#include <algorithm>
#include <array>

#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/gemm/dots.cpp"
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
using D4 = hn::CappedTag<float, 4>;
using V4 = hn::Vec<D4>;
constexpr int kLanes = HWY_MAX_BYTES / sizeof(float);
constexpr int kSums = 16;  // lanes of the widest target
constexpr int kParts = kSums / kLanes;
constexpr int kColumns = 4;  // results side by side
constexpr int kRows = kLanes == 16 ? 4 : 1;

/// i + 8 onto i of sixteen lanes. Templates, since one of them fits no vector of this target.
template <class Wide>
HWY_INLINE auto Half(const Wide (&sum)[1]) {
  const hn::CappedTag<float, 8> d8;
  return hn::Add(hn::LowerHalf(d8, sum[0]), hn::UpperHalf(d8, sum[0]));
}
template <class Narrow>
HWY_INLINE auto Half(const Narrow (&sum)[2]) {
  return hn::Add(sum[0], sum[1]);
}
/// Sixteen lanes as four: i + 8 onto i, then i + 4.
HWY_INLINE V4 Quarter(const V (&sum)[kParts]) {
  const D4 d;
  const auto half = Half(sum);
  return hn::Add(hn::LowerHalf(d, half), hn::UpperHalf(d, half));
}

/// The sums of four vectors side by side: i + 2 onto i, then i + 1.
HWY_INLINE V4 SumOfEach(V4 a, V4 b, V4 c, V4 e) {
  const D4 d;
  const V4 ab = hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b));
  const V4 ce = hn::Add(hn::InterleaveLower(d, c, e), hn::InterleaveUpper(d, c, e));
  return hn::Add(hn::ConcatLowerLower(d, ce, ab), hn::ConcatUpperUpper(d, ce, ab));
}

struct Block {
  std::int64_t k;
  const float* a;
  std::int64_t a_stride;
  std::array<const float*, kColumns> b;
  float* y;
  std::int64_t y_stride;
  std::size_t columns;
};

template <int kHeight>
struct Dots {
  V sums[kHeight][kColumns][kParts];

  HWY_INLINE Dots() {
    const D d;
#pragma GCC unroll 4
    for (int i = 0; i < kHeight; ++i)
#pragma GCC unroll 4
      for (int j = 0; j < kColumns; ++j)
#pragma GCC unroll 2
        for (int p = 0; p < kParts; ++p) sums[i][j][p] = hn::Zero(d);
  }
  template <class Load>
  HWY_INLINE void add(const Block& block, std::int64_t k, const Load& load) {
#pragma GCC unroll 2
    for (int p = 0; p < kParts; ++p) {
      V left[kHeight];
#pragma GCC unroll 4
      for (int i = 0; i < kHeight; ++i) left[i] = load(block.a + i * block.a_stride + k, p);
#pragma GCC unroll 4
      for (int j = 0; j < kColumns; ++j) {
        const V right = load(block.b[static_cast<std::size_t>(j)] + k, p);
#pragma GCC unroll 4
        for (int i = 0; i < kHeight; ++i) sums[i][j][p] = hn::MulAdd(left[i], right, sums[i][j][p]);
      }
    }
  }
};

template <int kHeight>
void DotsBlock(const Block& call) {
  const Block block = call;
  const D d;
  Dots<kHeight> dots;
  std::int64_t k = 0;
  for (; k + kSums <= block.k; k += kSums) {
    dots.add(block, k,
             [d](const float* at, int p) HWY_ATTR { return hn::LoadU(d, at + p * kLanes); });
  }
  if (k < block.k) {
    const std::int64_t left = block.k - k;
    dots.add(block, k, [d, left](const float* at, int p) HWY_ATTR {
      const auto count = static_cast<std::size_t>(std::max<std::int64_t>(left - p * kLanes, 0));
      return hn::MaskedLoad(hn::FirstN(d, count), d, at + p * kLanes);
    });
  }
  const D4 d4;
#pragma GCC unroll 4
  for (int i = 0; i < kHeight; ++i) {
    const V4 y = SumOfEach(Quarter(dots.sums[i][0]), Quarter(dots.sums[i][1]),
                           Quarter(dots.sums[i][2]), Quarter(dots.sums[i][3]));
    hn::BlendedStore(y, hn::FirstN(d4, block.columns), d4, block.y + i * block.y_stride);
  }
}

void MultiplyDots(const DotsCall& call) {
  constexpr std::array kBlocks = {DotsBlock<1>, DotsBlock<std::min(2, kRows)>,
                                  DotsBlock<std::min(3, kRows)>, DotsBlock<kRows>};
  for (std::int64_t j = 0; j < call.n; j += kColumns) {
    Block block{.k = call.k,
                .a = call.a,
                .a_stride = call.a_stride,
                .b = {},
                .y = call.y + j,
                .y_stride = call.y_stride,
                .columns = static_cast<std::size_t>(std::min<std::int64_t>(kColumns, call.n - j))};
    for (std::size_t c = 0; c < kColumns; ++c)  // columns beyond the last repeat it
      block.b[c] = call.b + std::min(j + static_cast<std::int64_t>(c), call.n - 1) * call.b_stride;
    for (std::int64_t i = 0; i < call.m;) {
      const std::int64_t rows = std::min<std::int64_t>(kRows, call.m - i);
      kBlocks[static_cast<std::size_t>(rows - 1)](block);
      block.a += rows * call.a_stride;
      block.y += rows * call.y_stride;
      i += rows;
    }
  }
}

DotsFunction FindDots() {
  return MultiplyDots;
}
#else
DotsFunction FindDots() {
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
HWY_EXPORT(FindDots);
}  // namespace

DotsFunction find_dots() {
  return HWY_DYNAMIC_DISPATCH(FindDots)();
}
}  // namespace agon
#endif
