#include <limits>

#include "ops/pointwise/vector_targets.h"
#include "ops/reduce/fold.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/reduce/fold_vectors.cpp"
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
constexpr std::size_t kLanes = HWY_MAX_BYTES / sizeof(float);
constexpr std::size_t kVirtual = 16;  // lanes of the widest target
constexpr std::size_t kParts = kVirtual / kLanes;

struct SumOf {
  static constexpr float kEmpty = 0;
  static HWY_INLINE V apply(V a, V b) { return hn::Add(a, b); }
  static float apply(float a, float b) { return a + b; }
};

struct MaxOf {  // a NaN stays
  static constexpr float kEmpty = -std::numeric_limits<float>::infinity();
  static HWY_INLINE V apply(V a, V b) {
    return hn::IfThenElse(hn::Or(hn::Gt(b, a), hn::IsNaN(b)), b, a);
  }
  static float apply(float a, float b) { return b > a || b != b ? b : a; }
};

/// Sixteen lanes in as many registers as the target needs.
template <class F>
struct Virtual {
  V part[kParts];
  HWY_INLINE explicit Virtual(D d) {
    for (V& v : part) v = hn::Set(d, F::kEmpty);
  }
  HWY_INLINE void fold(D d, const float* x) {
    for (std::size_t i = 0; i < kParts; ++i)
      part[i] = F::apply(part[i], hn::LoadU(d, x + i * kLanes));
  }
  HWY_INLINE void fold_first(D d, const float* x, std::size_t n) {
    for (std::size_t i = 0; i < kParts; ++i) {
      if (n <= i * kLanes) break;
      const auto first = hn::FirstN(d, n - i * kLanes);
      const V v = hn::MaskedLoad(first, d, x + i * kLanes);
      part[i] = F::apply(part[i], hn::IfThenElse(first, v, hn::Set(d, F::kEmpty)));
    }
  }
  HWY_INLINE void join(const Virtual& other) {
    for (std::size_t i = 0; i < kParts; ++i) part[i] = F::apply(part[i], other.part[i]);
  }
  float result(D d) const {
    HWY_ALIGN float lanes[kVirtual];
    for (std::size_t i = 0; i < kParts; ++i) hn::Store(part[i], d, lanes + i * kLanes);
    for (std::size_t half = kVirtual / 2; half > 0; half /= 2) {
      for (std::size_t i = 0; i < half; ++i) lanes[i] = F::apply(lanes[i], lanes[i + half]);
    }
    return lanes[0];
  }
};

template <class F>
float FoldRow(const float* x, std::int64_t count) {
  const D d;
  const auto n = static_cast<std::size_t>(count);
  Virtual<F> a(d);
  std::size_t i = 0;
  if (n >= 16 * kVirtual) {
    Virtual<F> b(d), c(d), e(d);
    for (; i + 4 * kVirtual <= n; i += 4 * kVirtual) {
      a.fold(d, x + i);
      b.fold(d, x + i + kVirtual);
      c.fold(d, x + i + 2 * kVirtual);
      e.fold(d, x + i + 3 * kVirtual);
    }
    a.join(b);
    c.join(e);
    a.join(c);
  }
  for (; i + kVirtual <= n; i += kVirtual) a.fold(d, x + i);
  a.fold_first(d, x + i, n - i);
  return a.result(d);
}

template <class F>
void FoldColumns(const float* x, std::int64_t stride, std::int64_t lines, std::int64_t columns,
                 float* out) {
  const D d;
  const auto n = static_cast<std::size_t>(columns);
  std::size_t c = 0;
  for (; c + 4 * kLanes <= n; c += 4 * kLanes) {
    V a0 = hn::Set(d, F::kEmpty), a1 = a0, a2 = a0, a3 = a0;
    const float* line = x + c;
    for (std::int64_t i = 0; i < lines; ++i, line += stride) {
      a0 = F::apply(a0, hn::LoadU(d, line));
      a1 = F::apply(a1, hn::LoadU(d, line + kLanes));
      a2 = F::apply(a2, hn::LoadU(d, line + 2 * kLanes));
      a3 = F::apply(a3, hn::LoadU(d, line + 3 * kLanes));
    }
    hn::StoreU(a0, d, out + c);
    hn::StoreU(a1, d, out + c + kLanes);
    hn::StoreU(a2, d, out + c + 2 * kLanes);
    hn::StoreU(a3, d, out + c + 3 * kLanes);
  }
  for (; c < n; c += kLanes) {
    const auto first = hn::FirstN(d, n - c);
    V a = hn::Set(d, F::kEmpty);
    const float* line = x + c;
    for (std::int64_t i = 0; i < lines; ++i, line += stride)
      a = F::apply(a, hn::MaskedLoad(first, d, line));
    hn::BlendedStore(a, first, d, out + c);
  }
}

constexpr FoldFunctions kSum = {FoldRow<SumOf>, FoldColumns<SumOf>};
constexpr FoldFunctions kMax = {FoldRow<MaxOf>, FoldColumns<MaxOf>};
const FoldFunctions* FindFold(Fold fold) {
  return fold == Fold::Sum ? &kSum : &kMax;
}
#else
const FoldFunctions* FindFold(Fold) {
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
HWY_EXPORT(FindFold);
}  // namespace

const FoldFunctions* find_fold(Fold fold) {
  return HWY_DYNAMIC_DISPATCH(FindFold)(fold);
}
}  // namespace agon
#endif
