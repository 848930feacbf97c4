#include "ops/pool/window_vectors.h"

#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pool/window_vectors.cpp"
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
using M = hn::Mask<D>;
constexpr std::int64_t kStep = HWY_MAX_BYTES / sizeof(float);

/// The pixels of a block, in order; the value is the offset of the one at hand.
class Pixels {
 public:
  HWY_INLINE explicit Pixels(const PixelBlock& block) : block_(block) {}
  HWY_INLINE bool more() const { return row_ < block_.rows; }
  HWY_INLINE std::int64_t offset() const { return at_; }
  HWY_INLINE void next() {
    at_ += block_.channels;
    if (++column_ < block_.columns) return;
    column_ = 0;
    at_ = ++row_ * block_.row_stride;
  }

 private:
  const PixelBlock& block_;
  std::int64_t row_ = 0, column_ = 0, at_ = 0;
};

/// Those of the channels from `c` on that there are.
HWY_INLINE M FromChannel(const PixelBlock& block, std::int64_t c) {
  return hn::FirstN(D(), static_cast<std::size_t>(block.channels - c));
}

/// Where v takes the place of the largest so far.
HWY_INLINE M Exceeds(V v, V largest) {
  return hn::Or(hn::Gt(v, largest), hn::AndNot(hn::IsNaN(largest), hn::IsNaN(v)));
}

void Maximum(const PixelBlock& block, const float* x, float* y) {
  const D d;
  for (std::int64_t c = 0; c < block.channels; c += kStep) {
    const M here = FromChannel(block, c);
    V largest = hn::MaskedLoad(here, d, x + c);
    for (Pixels at(block); at.more(); at.next()) {
      const V v = hn::MaskedLoad(here, d, x + at.offset() + c);
      largest = hn::IfThenElse(Exceeds(v, largest), v, largest);
    }
    hn::BlendedStore(largest, here, d, y + c);
  }
}

void Take(const PixelBlock& block, const float* x, const float* v, float* y) {
  const D d;
  for (std::int64_t c = 0; c < block.channels; c += kStep) {
    const M here = FromChannel(block, c);
    V largest = hn::MaskedLoad(here, d, x + c), taken = hn::MaskedLoad(here, d, v + c);
    for (Pixels at(block); at.more(); at.next()) {
      const V candidate = hn::MaskedLoad(here, d, x + at.offset() + c);
      const M better = Exceeds(candidate, largest);
      largest = hn::IfThenElse(better, candidate, largest);
      taken = hn::IfThenElse(better, hn::MaskedLoad(here, d, v + at.offset() + c), taken);
    }
    hn::BlendedStore(taken, here, d, y + c);
  }
}

void Scatter(const PixelBlock& block, const float* x, const float* dy, float* dx) {
  const D d;
  const hn::RebindToSigned<D> di;
  for (std::int64_t c = 0; c < block.channels; c += kStep) {
    const M here = FromChannel(block, c);
    V largest = hn::MaskedLoad(here, d, x + c);
    auto place = hn::Zero(di);  // number of the pixel that holds the largest
    std::int32_t pixel = 0;
    for (Pixels at(block); at.more(); at.next()) {
      const V v = hn::MaskedLoad(here, d, x + at.offset() + c);
      const M better = Exceeds(v, largest);
      largest = hn::IfThenElse(better, v, largest);
      place = hn::IfThenElse(hn::RebindMask(di, better), hn::Set(di, pixel++), place);
    }
    const V gradient = hn::MaskedLoad(here, d, dy + c);
    pixel = 0;
    for (Pixels at(block); at.more(); at.next()) {
      const M mine = hn::RebindMask(d, hn::Eq(place, hn::Set(di, pixel++)));
      const V before = hn::MaskedLoad(here, d, dx + at.offset() + c);
      hn::BlendedStore(hn::Add(before, gradient), hn::And(mine, here), d, dx + at.offset() + c);
    }
  }
}

void Average(const PixelBlock& block, const float* x, float scale, float* y) {
  const D d;
  for (std::int64_t c = 0; c < block.channels; c += kStep) {
    const M here = FromChannel(block, c);
    V total = hn::Zero(d);
    for (Pixels at(block); at.more(); at.next()) {
      total = hn::Add(total, hn::MaskedLoad(here, d, x + at.offset() + c));
    }
    hn::BlendedStore(hn::Mul(total, hn::Set(d, scale)), here, d, y + c);
  }
}

void Spread(const PixelBlock& block, const float* dy, float scale, float* dx) {
  const D d;
  for (std::int64_t c = 0; c < block.channels; c += kStep) {
    const M here = FromChannel(block, c);
    const V share = hn::Mul(hn::MaskedLoad(here, d, dy + c), hn::Set(d, scale));
    for (Pixels at(block); at.more(); at.next()) {
      const V before = hn::MaskedLoad(here, d, dx + at.offset() + c);
      hn::BlendedStore(hn::Add(before, share), here, d, dx + at.offset() + c);
    }
  }
}

constexpr WindowFunctions kFunctions = {Maximum, Take, Scatter, Average, Spread};
const WindowFunctions* FindWindowFunctions() {
  return &kFunctions;
}
#else
const WindowFunctions* FindWindowFunctions() {
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
HWY_EXPORT(FindWindowFunctions);
}  // namespace

const WindowFunctions* window_functions() {
  return HWY_DYNAMIC_DISPATCH(FindWindowFunctions)();
}

}  // namespace agon
#endif
