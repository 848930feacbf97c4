#pragma once
#include "engine/ir/graph.h"

namespace agon {

/// Windows over [n, h, w, c]; padding never wins a maximum and counts in an average (as PyTorch's
/// default).
struct PoolAttrs {
  std::int64_t kernel_h = 2, kernel_w = 2;
  std::int64_t stride_h = 2, stride_w = 2;
  std::int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  /// Size of x for average_pool_grad.
  std::int64_t size_h = 0, size_w = 0;
  static constexpr auto fields() {
    using A = PoolAttrs;
    return std::tuple{field("kernel_h", &A::kernel_h),     field("kernel_w", &A::kernel_w),
                      field("stride_h", &A::stride_h),     field("stride_w", &A::stride_w),
                      field("pad_top", &A::pad_top),       field("pad_left", &A::pad_left),
                      field("pad_bottom", &A::pad_bottom), field("pad_right", &A::pad_right),
                      field("size_h", &A::size_h),         field("size_w", &A::size_w)};
  }
  bool operator==(const PoolAttrs&) const = default;
};

/// Output size floor((h + pad_top + pad_bottom - kernel_h) / stride_h) + 1; a ceiling is written as
/// a larger pad_bottom.
Value max_pool(Value x, PoolAttrs attrs);
/// Puts dy [n, oh, ow, c] where x had the first maximum of each window, adding where windows
/// overlap.
Value max_pool_scatter(Value x, Value dy, PoolAttrs attrs);
/// Reads v [n, h, w, c] where x had the first maximum: the transpose of max_pool_scatter.
Value max_pool_gather(Value x, Value v, PoolAttrs attrs);
Value average_pool(Value x, PoolAttrs attrs);
/// The transpose of average_pool; attrs.size_h, size_w give the result's size.
Value average_pool_grad(Value dy, PoolAttrs attrs);
/// Op `upsample`: each pixel repeated factor x factor times (nearest).
Value upsample(Value x, std::int64_t factor);

}  // namespace agon
