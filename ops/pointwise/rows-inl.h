// Rows of vector code, compiled once for each target; included by *_cpu.cpp files after
// hwy/highway.h.
#if defined(AGON_OPS_POINTWISE_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef AGON_OPS_POINTWISE_ROWS_INL_H_
#undef AGON_OPS_POINTWISE_ROWS_INL_H_
#else
#define AGON_OPS_POINTWISE_ROWS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstring>
#include <tuple>
#include <utility>

#include "ops/pointwise/loop.h"

HWY_BEFORE_NAMESPACE();
namespace agon {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
using M = hn::Mask<D>;

template <bool kSingle>
struct OperandOf {
  const float* memory;
  explicit OperandOf(const void* m) : memory(static_cast<const float*>(m)) {}
  HWY_INLINE V load(D d, std::size_t i) const {
    return kSingle ? hn::Set(d, *memory) : hn::LoadU(d, memory + i);
  }
  HWY_INLINE V load_first(D d, M first, std::size_t i) const {
    return kSingle ? hn::Set(d, *memory) : hn::MaskedLoad(first, d, memory + i);
  }
};

/// The end of a row goes through the same vector code with lanes masked off.
template <class F, bool... kSingle, std::size_t... I>
HWY_INLINE void ApplyRow(const PointwiseRow& row, float parameter, std::index_sequence<I...>) {
  const D d;
  const std::size_t lanes = hn::Lanes(d);
  const auto count = static_cast<std::size_t>(row.count);
  const V p = hn::Set(d, parameter);
  const std::tuple<OperandOf<kSingle>...> operands(OperandOf<kSingle>(row.in[I])...);
  float* out = static_cast<float*>(row.out);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    hn::StoreU(F::apply(d, std::get<I>(operands).load(d, i)..., p), d, out + i);
  if (i < count) {
    const M first = hn::FirstN(d, count - i);
    hn::BlendedStore(F::apply(d, std::get<I>(operands).load_first(d, first, i)..., p), first, d,
                     out + i);
  }
}

/// F::apply(d, x, p).
template <class F>
void UnaryRowOf(const PointwiseRow& row, double parameter) {
  const float p = static_cast<float>(parameter);
  if (row.single[0]) return ApplyRow<F, true>(row, p, std::index_sequence<0>());
  ApplyRow<F, false>(row, p, std::index_sequence<0>());
}

/// F::apply(d, a, b, p).
template <class F>
void BinaryRowOf(const PointwiseRow& row, double parameter) {
  const float p = static_cast<float>(parameter);
  using Two = std::index_sequence<0, 1>;
  if (row.single[0] && row.single[1]) return ApplyRow<F, true, true>(row, p, Two());
  if (row.single[0]) return ApplyRow<F, true, false>(row, p, Two());
  if (row.single[1]) return ApplyRow<F, false, true>(row, p, Two());
  ApplyRow<F, false, false>(row, p, Two());
}

struct RowEntry {
  const char* op;
  void (*row)(const PointwiseRow& row, double parameter);
};

inline RowFunction RowNamed(std::span<const RowEntry> table, const char* op) {
  for (const RowEntry& entry : table) {
    if (std::strcmp(entry.op, op) == 0) return entry.row;
  }
  return nullptr;
}

}  // namespace HWY_NAMESPACE
}  // namespace agon
HWY_AFTER_NAMESPACE();
#endif
