#include "engine/base/philox.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/cuda/basics_device.h"
#include "engine/runtime/kernel.h"
#include "ops/pointwise/vector_targets.h"
#include "ops/random/random.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/random/draws_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cstring>

#ifndef AGON_OPS_RANDOM_DRAW_
#define AGON_OPS_RANDOM_DRAW_
namespace agon {
namespace {
struct Draw {
  PhiloxKey key;
  std::uint32_t step;
  std::uint32_t draw;
};
/// Writes elements [begin, end) to out[begin, end); begin is a multiple of 64.
using DrawFunction = void (*)(const Draw& draw, std::int64_t begin, std::int64_t end, void* out);
}  // namespace
}  // namespace agon
#endif

HWY_BEFORE_NAMESPACE();
namespace agon {
namespace HWY_NAMESPACE {
namespace {

#if AGON_VECTOR
namespace hn = hwy::HWY_NAMESPACE;
using DU = hn::ScalableTag<std::uint64_t>;
using DF = hn::ScalableTag<double>;

#include "ops/random/inverse_normal-inl.h"

/// ScalarMath (random_device.h) over registers.
struct VectorMath {
  using F = hn::Vec<DF>;
  using U = hn::Vec<DU>;
  static HWY_INLINE F number(double v) { return hn::Set(DF(), v); }
  static HWY_INLINE U bits(std::uint64_t v) { return hn::Set(DU(), v); }
  static HWY_INLINE F fma(F a, F b, F c) { return hn::MulAdd(a, b, c); }
  static HWY_INLINE F mul(F a, F b) { return hn::Mul(a, b); }
  static HWY_INLINE F add(F a, F b) { return hn::Add(a, b); }
  static HWY_INLINE F sub(F a, F b) { return hn::Sub(a, b); }
  static HWY_INLINE F div(F a, F b) { return hn::Div(a, b); }
  static HWY_INLINE F sqrt(F a) { return hn::Sqrt(a); }
  static HWY_INLINE F if_less(F a, F b, F x, F y) { return hn::IfThenElse(hn::Lt(a, b), x, y); }
  static HWY_INLINE U as_bits(F a) { return hn::BitCast(DU(), a); }
  static HWY_INLINE F as_number(U a) { return hn::BitCast(DF(), a); }
  static HWY_INLINE U plus(U a, U b) { return hn::Add(a, b); }
  static HWY_INLINE U minus(U a, U b) { return hn::Sub(a, b); }
  static HWY_INLINE U either(U a, U b) { return hn::Or(a, b); }
  static HWY_INLINE U exponent(U a) { return hn::ShiftRight<52>(a); }
  static HWY_INLINE U to_exponent(U a) { return hn::ShiftLeft<52>(a); }
};
using F = VectorMath::F;
using U = VectorMath::U;
constexpr std::size_t kBlocks = HWY_MAX_BYTES / sizeof(double);

struct Uniform {
  static HWY_INLINE F apply(U word) {
    return hn::Mul(to_double<VectorMath>(hn::ShiftRight<8>(word)), hn::Set(DF(), 0x1p-24));
  }
};
struct Normal {
  static HWY_INLINE F apply(U word) { return inverse_normal<VectorMath>(word); }
};

struct Words {
  U word[4];
};

/// philox() of kBlocks consecutive blocks, one word in the low half of each lane; what the high
/// halves hold no multiplication reads.
HWY_INLINE Words PhiloxBlocks(const Draw& draw, std::uint64_t block) {
  const DU d;
  const hn::Repartition<std::uint32_t, DU> d32;
  const U low = hn::Set(d, std::uint64_t{0xFFFFFFFF});
  const U m0 = hn::Set(d, std::uint64_t{0xD2511F53}), m1 = hn::Set(d, std::uint64_t{0xCD9E8D57});
  const U index = hn::Add(hn::Iota(d, 0), hn::Set(d, block));
  U c0 = index, c1 = hn::ShiftRight<32>(index);
  U c2 = hn::Set(d, std::uint64_t{draw.step}), c3 = hn::Set(d, std::uint64_t{draw.draw});
  std::uint32_t k0 = draw.key[0], k1 = draw.key[1];
  for (int round = 0; round < 10; ++round) {
    const U a = hn::MulEven(hn::BitCast(d32, m0), hn::BitCast(d32, c0));
    const U b = hn::MulEven(hn::BitCast(d32, m1), hn::BitCast(d32, c2));
    c0 = hn::Xor(hn::Xor(hn::ShiftRight<32>(b), c1), hn::Set(d, std::uint64_t{k0}));
    c2 = hn::Xor(hn::Xor(hn::ShiftRight<32>(a), c3), hn::Set(d, std::uint64_t{k1}));
    c1 = b;
    c3 = a;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{hn::And(c0, low), hn::And(c1, low), hn::And(c2, low), hn::And(c3, low)}};
}

template <class Kind>
HWY_INLINE void Store(const Words& w, double* out) {
  hn::StoreInterleaved4(Kind::apply(w.word[0]), Kind::apply(w.word[1]), Kind::apply(w.word[2]),
                        Kind::apply(w.word[3]), DF(), out);
}

template <class Kind>
HWY_INLINE void Store(const Words& w, float* out) {
  const hn::Rebind<float, DF> d;
  hn::StoreInterleaved4(
      hn::DemoteTo(d, Kind::apply(w.word[0])), hn::DemoteTo(d, Kind::apply(w.word[1])),
      hn::DemoteTo(d, Kind::apply(w.word[2])), hn::DemoteTo(d, Kind::apply(w.word[3])), d, out);
}

template <class Kind, class T>
void DrawElements(const Draw& draw, std::int64_t begin, std::int64_t end, void* memory) {
  constexpr std::int64_t kStep = 4 * kBlocks;
  T* out = static_cast<T*>(memory);
  for (; begin < end; begin += kStep) {
    const Words words = PhiloxBlocks(draw, static_cast<std::uint64_t>(begin) / 4);
    if (begin + kStep <= end) {
      Store<Kind>(words, out + begin);
    } else {
      HWY_ALIGN T last[kStep];
      Store<Kind>(words, last);
      std::memcpy(out + begin, last, static_cast<std::size_t>(end - begin) * sizeof(T));
    }
  }
}

DrawFunction FindDraw(bool normal, bool wide) {
  if (normal) return wide ? DrawElements<Normal, double> : DrawElements<Normal, float>;
  return wide ? DrawElements<Uniform, double> : DrawElements<Uniform, float>;
}
#else
DrawFunction FindDraw(bool, bool) {
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
HWY_EXPORT(FindDraw);

class DrawKernel final : public Kernel {
 public:
  DrawKernel(const Node& node, DrawFunction function)
      : key_(stream_key(node.attrs_as<RandomAttrs>().seed, node.attrs_as<RandomAttrs>().stream)),
        count_(node.out_type().shape.elements()),
        function_(function) {}

  void run(const KernelCall& call) override {
    const Draw draw{key_, static_cast<std::uint32_t>(*call.input<double>(0)),
                    static_cast<std::uint32_t>(*call.input<double>(1))};
    parallel_for(count_, 8192, [&](std::int64_t begin, std::int64_t end) {
      function_(draw, begin, end, call.out[0]);
    });
  }

 private:
  PhiloxKey key_;
  std::int64_t count_;
  DrawFunction function_;
};

Candidate draw_candidate(const Node& node, bool normal) {
  const bool wide = node.out_type().dtype == DType::F64;
  const DrawFunction function = HWY_DYNAMIC_DISPATCH(FindDraw)(normal, wide);
  if (function == nullptr) return Candidate::refused("needs a processor with AVX2");
  return Candidate(std::make_unique<DrawKernel>(node, function));
}
}  // namespace

void register_draws_cpu(KernelRegistry& kernels) {
  kernels.add({"random_uniform", "cpu:random_uniform",
               [](const Node& node) { return draw_candidate(node, false); }});
  kernels.add({"random_normal", "cpu:random_normal",
               [](const Node& node) { return draw_candidate(node, true); }});
}
}  // namespace agon
#endif
