#include "ops/conv/column_sum.h"

#include <algorithm>

#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/conv/column_sum.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace agon {
namespace HWY_NAMESPACE {
namespace {

#if AGON_VECTOR
namespace hn = hwy::HWY_NAMESPACE;

void AddUp(const ColumnSum& sum, const float* const* columns, std::int64_t count, float* to) {
  const hn::CappedTag<float, ColumnSum::kGroup> d;
  constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  constexpr int kParts = ColumnSum::kGroup / kLanes;
  const ColumnSum::Run* const runs = sum.runs().data();
  const std::int32_t* const first = sum.first_runs().data();
  for (std::int64_t at = 0, group = 0; at < sum.row(); at += ColumnSum::kGroup, ++group) {
    const std::int64_t rest = sum.row() - at;
    for (int part = 0; part < kParts && part * kLanes < rest; ++part) {
      auto total = hn::Zero(d);
      for (std::int32_t i = first[group]; i < first[group + 1]; ++i) {
        const auto reached = hn::LoadMaskBits(d, runs[i].reached + part * (kLanes / 8));
        const std::int64_t offset = runs[i].offset + part * kLanes;
        for (std::int64_t row = 0; row < count; ++row)
          total = hn::Add(total, hn::MaskedLoad(reached, d, columns[row] + offset));
      }
      float* const out = to + at + part * kLanes;
      const std::int64_t room = rest - part * kLanes;
      if (room >= kLanes) {
        hn::StoreU(total, d, out);
      } else {
        hn::BlendedStore(total, hn::FirstN(d, static_cast<std::size_t>(room)), d, out);
      }
    }
  }
}

ColumnSum::Function FindAddUp() {
  return AddUp;
}
#else
ColumnSum::Function FindAddUp() {
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
HWY_EXPORT(FindAddUp);
ColumnSum::Function find_add_up() {
  return HWY_DYNAMIC_DISPATCH(FindAddUp)();
}
}  // namespace

ColumnSum::ColumnSum(const Geometry& g) : row_(g.row), function_(find_add_up()) {
  for (std::int64_t at = 0; at < g.row; at += kGroup) {
    first_.push_back(static_cast<std::int32_t>(runs_.size()));
    const std::int64_t last = std::min(at + kGroup, g.row);
    for (std::int64_t pixel = 0; pixel < g.pixels; ++pixel) {
      const std::int64_t begin = pixel * g.step - g.left, end = begin + g.run;
      unsigned bits = 0;
      for (std::int64_t x = std::max(at, begin); x < std::min(last, end); ++x)
        bits |= 1u << static_cast<unsigned>(x - at);
      if (bits == 0) continue;
      runs_.push_back(
          {static_cast<std::int32_t>(pixel * g.pitch + at - begin),
           {static_cast<std::uint8_t>(bits & 255), static_cast<std::uint8_t>(bits >> 8)}});
    }
  }
  first_.push_back(static_cast<std::int32_t>(runs_.size()));
}

bool ColumnSum::available() {
  return find_add_up() != nullptr;
}
}  // namespace agon
#endif
