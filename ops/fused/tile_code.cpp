#include "ops/fused/tile_code.h"

#include <cmath>

#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/fused/tile_code.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/pointwise/apply-inl.h"

HWY_BEFORE_NAMESPACE();
namespace agon {
namespace HWY_NAMESPACE {
namespace {

#if AGON_VECTOR
namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
using M = hn::Mask<D>;

struct Copy {
  static HWY_INLINE V apply(D, V a, V) { return a; }
};
struct MulAdd {
  static HWY_INLINE V apply(D, V a, V b, V c, V) { return hn::MulAdd(a, b, c); }
};
struct MulSub {
  static HWY_INLINE V apply(D, V a, V b, V c, V) { return hn::MulSub(a, b, c); }
};
struct NegMulAdd {
  static HWY_INLINE V apply(D, V a, V b, V c, V) { return hn::NegMulAdd(a, b, c); }
};
struct SubMul {
  static HWY_INLINE V apply(D, V a, V b, V c, V) { return hn::Mul(hn::Sub(a, b), c); }
};
struct SubMulAdd {
  static HWY_INLINE V apply(D, V a, V b, V c, V e, V) { return hn::MulAdd(hn::Sub(a, b), c, e); }
};
struct Mix {
  static HWY_INLINE V apply(D, V a, V b, V c, V e, V) { return hn::MulAdd(a, b, hn::Mul(c, e)); }
};
struct MixSquare {
  static HWY_INLINE V apply(D, V a, V b, V c, V e, V) {
    return hn::MulAdd(a, b, hn::Mul(hn::Mul(c, c), e));
  }
};
struct RootAdd {
  static HWY_INLINE V apply(D, V a, V b, V c, V) { return hn::MulAdd(hn::Sqrt(a), b, c); }
};
struct NegDivMulAdd {
  static HWY_INLINE V apply(D, V a, V b, V c, V e, V) { return hn::NegMulAdd(hn::Div(a, b), c, e); }
};
struct Leak {
  static HWY_INLINE V apply(D, V a, V b, V c, V e, V) {
    return hn::IfThenElse(hn::Gt(a, b), c, hn::Mul(c, e));
  }
};
struct SelectEqual {
  static HWY_INLINE V apply(D, V a, V b, V c, V e, V) { return hn::IfThenElse(hn::Eq(a, b), c, e); }
};
struct SelectGreater {
  static HWY_INLINE V apply(D, V a, V b, V c, V e, V) { return hn::IfThenElse(hn::Gt(a, b), c, e); }
};
struct SelectGreaterEqual {
  static HWY_INLINE V apply(D, V a, V b, V c, V e, V) { return hn::IfThenElse(hn::Ge(a, b), c, e); }
};
/// The number comes as second operand rather than as parameter.
template <class F>
struct WithNumber {
  static HWY_INLINE V apply(D d, V a, V number, V) { return F::apply(d, a, number); }
};

template <char kKind>
struct Source {
  const float* memory;
  V all;
  HWY_INLINE Source(D d, const float* m) : memory(m), all(hn::Zero(d)) {
    if constexpr (kKind == 's') all = hn::Set(d, *m);
  }
  HWY_INLINE V load(D d, std::size_t i) const {
    if constexpr (kKind == 's') return all;
    return hn::LoadU(d, memory + i);
  }
  HWY_INLINE V load_first(D d, M first, std::size_t i) const {
    if constexpr (kKind == 's') return all;
    return hn::MaskedLoad(first, d, memory + i);
  }
};

/// Four vectors a turn hide what the loop itself costs; the end goes through masked lanes.
template <class F, class... S>
HWY_INLINE void ApplyTile(float* out, std::size_t n, const S&... sources) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  const V none = hn::Zero(d);
  std::size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    const V v0 = F::apply(d, sources.load(d, i)..., none);
    hn::StoreU(v0, d, out + i);
    const V v1 = F::apply(d, sources.load(d, i + lanes)..., none);
    hn::StoreU(v1, d, out + i + lanes);
    const V v2 = F::apply(d, sources.load(d, i + 2 * lanes)..., none);
    hn::StoreU(v2, d, out + i + 2 * lanes);
    const V v3 = F::apply(d, sources.load(d, i + 3 * lanes)..., none);
    hn::StoreU(v3, d, out + i + 3 * lanes);
  }
  for (; i + lanes <= n; i += lanes)
    hn::StoreU(F::apply(d, sources.load(d, i)..., none), d, out + i);
  if (i < n) {
    const M first = hn::FirstN(d, n - i);
    hn::BlendedStore(F::apply(d, sources.load_first(d, first, i)..., none), first, d, out + i);
  }
}

/// The same for functions whose code is long, which is there once. Masks are for the end alone:
/// masked stores to memory beyond the caches take several times as long.
template <class F, class... S>
HWY_INLINE void ApplyLong(float* out, std::size_t n, const S&... sources) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  const V none = hn::Zero(d);
  for (std::size_t i = 0; i < n; i += lanes) {
    const bool whole = i + lanes <= n;
    const M first = hn::FirstN(d, n - i);
    const V v =
        F::apply(d, (whole ? sources.load(d, i) : sources.load_first(d, first, i))..., none);
    if (whole) {
      hn::StoreU(v, d, out + i);
    } else {
      hn::BlendedStore(v, first, d, out + i);
    }
  }
}

using Operand = const float*;

template <class F, char kA>
void Tile1(float* out, Operand a, Operand, Operand, Operand, std::size_t n) {
  ApplyTile<F>(out, n, Source<kA>(D(), a));
}
template <class F>
void Long1(float* out, Operand a, Operand, Operand, Operand, std::size_t n) {
  ApplyLong<F>(out, n, Source<'v'>(D(), a));
}
template <class F, char kA, char kB>
void Tile2(float* out, Operand a, Operand b, Operand, Operand, std::size_t n) {
  ApplyTile<F>(out, n, Source<kA>(D(), a), Source<kB>(D(), b));
}
template <class F, char kA, char kB>
void Long2(float* out, Operand a, Operand b, Operand, Operand, std::size_t n) {
  ApplyLong<F>(out, n, Source<kA>(D(), a), Source<kB>(D(), b));
}
template <class F, char kA, char kB, char kC>
void Tile3(float* out, Operand a, Operand b, Operand c, Operand, std::size_t n) {
  ApplyTile<F>(out, n, Source<kA>(D(), a), Source<kB>(D(), b), Source<kC>(D(), c));
}
template <class F, char kA, char kB, char kC, char kE>
void Tile4(float* out, Operand a, Operand b, Operand c, Operand e, std::size_t n) {
  ApplyTile<F>(out, n, Source<kA>(D(), a), Source<kB>(D(), b), Source<kC>(D(), c),
               Source<kE>(D(), e));
}

template <bool kSingleA, bool kSingleB>
void PowTile(float* out, Operand a, Operand b, Operand, Operand, std::size_t n) {
  if constexpr (kSingleB) {
    if (*b == 2) return Tile2 < apply::Square, kSingleA ? 's' : 'v', 's' > (out, a, b, a, a, n);
    if (*b == 0.5f)
      return Tile2 < apply::SquareRoot, kSingleA ? 's' : 'v', 's' > (out, a, b, a, a, n);
  }
  for (std::size_t i = 0; i < n; ++i) out[i] = std::pow(a[kSingleA ? 0 : i], b[kSingleB ? 0 : i]);
}

/// Few models need these for more than a handful of numbers; the library's scalar code will do.
template <bool kCosine>
void AngleTile(float* out, Operand a, Operand, Operand, Operand, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = kCosine ? std::cos(a[i]) : std::sin(a[i]);
}

struct TileEntry {
  std::string_view op, kinds;
  TileCode code;
};

// clang-format off
#define AGON_TILE2(name, F) \
  {name, "vv", Tile2<F, 'v', 'v'>}, {name, "vs", Tile2<F, 'v', 's'>}, {name, "sv", Tile2<F, 's', 'v'>}
#define AGON_TILE3(name, F) \
  {name, "vvv", Tile3<F, 'v', 'v', 'v'>}, {name, "vsv", Tile3<F, 'v', 's', 'v'>}, \
  {name, "vvs", Tile3<F, 'v', 'v', 's'>}, {name, "vss", Tile3<F, 'v', 's', 's'>}
#define AGON_SELECT_OF(name, F, a, b, kinds) \
  {name, kinds "vv", Tile4<F, a, b, 'v', 'v'>}, {name, kinds "vs", Tile4<F, a, b, 'v', 's'>}, \
  {name, kinds "sv", Tile4<F, a, b, 's', 'v'>}, {name, kinds "ss", Tile4<F, a, b, 's', 's'>}
#define AGON_SELECT(name, F) \
  AGON_SELECT_OF(name, F, 'v', 'v', "vv"), AGON_SELECT_OF(name, F, 'v', 's', "vs"), \
  AGON_SELECT_OF(name, F, 's', 'v', "sv")
// clang-format on

constexpr TileEntry kTable[] = {
    {"copy", "v", Tile1<Copy, 'v'>},
    {"fill", "s", Tile1<Copy, 's'>},
    AGON_TILE2("add", apply::Add),
    AGON_TILE2("sub", apply::Sub),
    AGON_TILE2("mul", apply::Mul),
    AGON_TILE2("div", apply::Div),
    AGON_TILE2("min", apply::Min),
    AGON_TILE2("max", apply::Max),
    AGON_TILE2("equal", apply::Equal),
    AGON_TILE2("not_equal", apply::NotEqual),
    AGON_TILE2("less", apply::Less),
    AGON_TILE2("less_equal", apply::LessEqual),
    AGON_TILE2("greater", apply::Greater),
    AGON_TILE2("greater_equal", apply::GreaterEqual),
    {"pow", "vv", PowTile<false, false>},
    {"pow", "vs", PowTile<false, true>},
    {"pow", "sv", PowTile<true, false>},
    AGON_TILE3("where", apply::Where),
    AGON_TILE3("muladd", MulAdd),
    AGON_TILE3("mulsub", MulSub),
    AGON_TILE3("negmuladd", NegMulAdd),
    AGON_TILE3("submul", SubMul),
    {"submuladd", "vvvv", Tile4<SubMulAdd, 'v', 'v', 'v', 'v'>},
    {"mix", "vsvs", Tile4<Mix, 'v', 's', 'v', 's'>},
    {"mix_square", "vsvs", Tile4<MixSquare, 'v', 's', 'v', 's'>},
    {"rootadd", "vss", Tile3<RootAdd, 'v', 's', 's'>},
    {"negdivmuladd", "vvsv", Tile4<NegDivMulAdd, 'v', 'v', 's', 'v'>},
    {"leak", "vsvs", Tile4<Leak, 'v', 's', 'v', 's'>},
    AGON_SELECT("select_equal", SelectEqual),
    AGON_SELECT("select_greater", SelectGreater),
    AGON_SELECT("select_greater_equal", SelectGreaterEqual),
    {"neg", "v", Tile1<apply::Neg, 'v'>},
    {"exp", "v", Long1<apply::Of<math::Exp>>},
    {"log", "v", Long1<apply::Of<math::Log>>},
    {"sqrt", "v", Tile1<apply::Sqrt, 'v'>},
    {"abs", "v", Tile1<apply::Abs, 'v'>},
    {"sign", "v", Tile1<apply::Sign, 'v'>},
    {"floor", "v", Tile1<apply::Floor, 'v'>},
    {"sin", "v", AngleTile<false>},
    {"cos", "v", AngleTile<true>},
    {"tanh", "v", Long1<apply::Of<math::Tanh>>},
    {"sigmoid", "v", Long1<apply::Of<math::Sigmoid>>},
    {"softplus", "v", Long1<apply::Of<math::Softplus>>},
    {"erf", "v", Long1<apply::Of<math::Erf>>},
    {"relu", "v", Tile1<apply::Relu, 'v'>},
    {"selu", "v", Long1<apply::Selu>},
    {"gelu", "v", Long1<apply::Gelu>},
    {"silu", "v", Long1<apply::Silu>},
    {"leaky_relu", "vs", Tile2<WithNumber<apply::LeakyRelu>, 'v', 's'>},
    {"elu", "vs", Long2<WithNumber<apply::Elu>, 'v', 's'>},
};
#undef AGON_TILE2
#undef AGON_TILE3
#undef AGON_SELECT_OF
#undef AGON_SELECT

TileCode FindTileCode(std::string_view op, std::string_view kinds) {
  for (const TileEntry& entry : kTable) {
    if (entry.op == op && entry.kinds == kinds) return entry.code;
  }
  return nullptr;
}

void JoinSum(const float* partial, std::int64_t stride, std::int64_t parts, std::int64_t columns,
             float* out) {
  const hn::ScalableTag<double> dd;
  const hn::Rebind<float, decltype(dd)> df;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(dd));
  std::int64_t c = 0;
  for (; c + lanes <= columns; c += lanes) {
    auto total = hn::Zero(dd);
    for (std::int64_t p = 0; p < parts; ++p)
      total = hn::Add(total, hn::PromoteTo(dd, hn::LoadU(df, partial + p * stride + c)));
    hn::StoreU(hn::DemoteTo(df, total), df, out + c);
  }
  for (; c < columns; ++c) {
    double total = 0;
    for (std::int64_t p = 0; p < parts; ++p) total += static_cast<double>(partial[p * stride + c]);
    out[c] = static_cast<float>(total);
  }
}

void JoinMax(const float* partial, std::int64_t stride, std::int64_t parts, std::int64_t columns,
             float* out) {
  for (std::int64_t c = 0; c < columns; ++c) {
    float best = partial[c];
    for (std::int64_t p = 1; p < parts; ++p) {
      const float v = partial[p * stride + c];
      if (v > best || v != v) best = v;
    }
    out[c] = best;
  }
}

constexpr JoinFunctions kJoin = {JoinSum, JoinMax};
const JoinFunctions* FindJoin() {
  return &kJoin;
}
#else
TileCode FindTileCode(std::string_view, std::string_view) {
  return nullptr;
}
const JoinFunctions* FindJoin() {
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
HWY_EXPORT(FindTileCode);
HWY_EXPORT(FindJoin);
}  // namespace

TileCode find_tile_code(std::string_view op, std::string_view kinds) {
  return HWY_DYNAMIC_DISPATCH(FindTileCode)(op, kinds);
}
const JoinFunctions* find_join() {
  return HWY_DYNAMIC_DISPATCH(FindJoin)();
}
}  // namespace agon
#endif
