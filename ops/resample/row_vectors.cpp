#include "ops/resample/row_vectors.h"

#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/resample/row_vectors.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace agon {
namespace HWY_NAMESPACE {
namespace {

#if AGON_VECTOR
namespace hn = hwy::HWY_NAMESPACE;

void Weigh(const float* x, const std::int64_t* index, const float* weight, std::int64_t taps,
           std::int64_t columns, float* y) {
  const hn::ScalableTag<float> d;
  const auto step = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t c = 0; c < columns; c += step) {
    const auto here = hn::FirstN(d, static_cast<std::size_t>(columns - c));
    auto sum = hn::Zero(d);
    for (std::int64_t t = 0; t < taps; ++t) {
      const float* from = x + index[t] * columns + c;
      sum = hn::MulAdd(hn::Set(d, weight[t]), hn::MaskedLoad(here, d, from), sum);
    }
    hn::BlendedStore(sum, here, d, y + c);
  }
}

WeighRows Find() {
  return Weigh;
}
#else
WeighRows Find() {
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
HWY_EXPORT(Find);
}  // namespace

WeighRows find_weigh_rows() {
  return HWY_DYNAMIC_DISPATCH(Find)();
}

}  // namespace agon
#endif
