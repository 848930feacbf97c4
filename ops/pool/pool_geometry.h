#pragma once
#include "engine/ir/type.h"
#include "ops/conv/window.h"
#include "ops/pool/pool.h"

namespace agon {

/// Sizes of a pooling of x [n, h, w, c] into [n, oh, ow, c], and its windows.
struct PoolGeometry {
  std::int64_t n, h, w, c, oh, ow;
  PoolAttrs attrs;

  PoolGeometry(const Shape& x, const PoolAttrs& a)
      : n(x[0]),
        h(x[1]),
        w(x[2]),
        c(x[3]),
        oh(rows(a).checked_windows(h)),
        ow(columns(a).checked_windows(w)),
        attrs(a) {}

  static WindowAxis rows(const PoolAttrs& a) {
    return {"height", a.stride_h, a.pad_top, a.pad_bottom, a.kernel_h};
  }
  static WindowAxis columns(const PoolAttrs& a) {
    return {"width", a.stride_w, a.pad_left, a.pad_right, a.kernel_w};
  }

  Shape x_shape() const { return {n, h, w, c}; }
  Shape y_shape() const { return {n, oh, ow, c}; }

  /// The pixels of one window that lie in the picture, row by row: visit(ih, iw).
  template <class Visit>
  void for_each_pixel(std::int64_t i, std::int64_t j, Visit visit) const {
    const std::int64_t top = i * attrs.stride_h - attrs.pad_top;
    const std::int64_t left = j * attrs.stride_w - attrs.pad_left;
    for (std::int64_t ih = std::max<std::int64_t>(top, 0); ih < std::min(top + attrs.kernel_h, h);
         ++ih) {
      for (std::int64_t iw = std::max<std::int64_t>(left, 0);
           iw < std::min(left + attrs.kernel_w, w); ++iw) {
        visit(ih, iw);
      }
    }
  }
};

/// Whether v takes the place of the largest so far: later equals do not, and a NaN stays.
template <class T>
bool exceeds(T v, T largest) {
  return v > largest || (v != v && largest == largest);
}

}  // namespace agon
