#pragma once
#include "engine/ir/graph.h"

namespace agon {

/// Geometry of a 2-D convolution: x [n, h, w, c], w [o, kh, kw, c], y [n, oh, ow, o], channels
/// last. oh = floor((h + pad_top + pad_bottom - kh) / stride_h) + 1. Cross-correlation, as
/// everywhere in the field.
struct Conv2dAttrs {
  std::int64_t stride_h = 1, stride_w = 1;
  std::int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  /// Size that the shapes of the inputs leave open: of x for conv2d_input_grad, of the kernel for
  /// conv2d_weight_grad; 0 for conv2d.
  std::int64_t size_h = 0, size_w = 0;
  static constexpr auto fields() {
    using A = Conv2dAttrs;
    return std::tuple{field("stride_h", &A::stride_h),     field("stride_w", &A::stride_w),
                      field("pad_top", &A::pad_top),       field("pad_left", &A::pad_left),
                      field("pad_bottom", &A::pad_bottom), field("pad_right", &A::pad_right),
                      field("size_h", &A::size_h),         field("size_w", &A::size_w)};
  }
  bool operator==(const Conv2dAttrs&) const = default;
};

/// The three are closed under differentiation: each is linear in both inputs, and its gradients are
/// the other two.
Value conv2d(Value x, Value w, Conv2dAttrs attrs);
/// dx [n, size_h, size_w, c] from dy [n, oh, ow, o] and w: the transposed convolution.
Value conv2d_input_grad(Value dy, Value w, Conv2dAttrs attrs);
/// dw [o, size_h, size_w, c] from x and dy.
Value conv2d_weight_grad(Value x, Value dy, Conv2dAttrs attrs);

}  // namespace agon
