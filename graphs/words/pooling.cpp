#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "graphs/words/pictures.h"
#include "ops/pointwise/pointwise.h"
#include "ops/pool/pool.h"
#include "ops/pool/pool_geometry.h"

namespace agon {

namespace {

/// How far the last window may hang over: with `ceil` as far as it still begins inside the picture
/// or its padding in front.
std::int64_t hanging(const WindowAxis& axis, std::int64_t size, bool ceil) {
  if (!ceil) return 0;
  const std::int64_t room = size + 2 * axis.pad_before - axis.kernel;
  std::int64_t count = (room + axis.stride - 1) / axis.stride + 1;
  if ((count - 1) * axis.stride >= size + axis.pad_before) --count;
  return std::max<std::int64_t>((count - 1) * axis.stride - room, 0);
}

void check_axis(const WindowAxis& axis, std::int64_t size) {
  if (2 * axis.pad_before > axis.kernel) {
    throw GraphError(fmt::format("expects padding of at most half the kernel {}, got {}",
                                 axis.kernel, axis.pad_before));
  }
  if (axis.windows(size) >= 1) return;
  throw GraphError(
      fmt::format("output {} {}, expected at least 1: the kernel is larger than "
                  "the padded input",
                  axis.name, axis.arithmetic(size)));
}

PoolAttrs attrs_of(const PoolWindows& w, const Shape& in) {
  PoolAttrs a{.kernel_h = w.kernel.height,
              .kernel_w = w.kernel.width,
              .stride_h = w.stride.height,
              .stride_w = w.stride.width,
              .pad_top = w.padding.height,
              .pad_left = w.padding.width,
              .pad_bottom = w.padding.height,
              .pad_right = w.padding.width};
  a.pad_bottom += hanging(PoolGeometry::rows(a), in[2], w.ceil);
  a.pad_right += hanging(PoolGeometry::columns(a), in[3], w.ceil);
  check_axis(PoolGeometry::rows(a), in[2]);
  check_axis(PoolGeometry::columns(a), in[3]);
  return a;
}

/// How many pixels of a picture and its written padding lie in each window: what PyTorch divides
/// by where a window hangs over the end.
Value counted(Graph& graph, DType dtype, const PoolAttrs& a, const Shape& in) {
  const WindowAxis rows = PoolGeometry::rows(a);
  const WindowAxis columns = PoolGeometry::columns(a);
  const auto inside = [](const WindowAxis& axis, std::int64_t size, std::int64_t i) {
    const std::int64_t from = i * axis.stride;
    return std::min(from + axis.kernel, size + 2 * axis.pad_before) - from;
  };
  std::vector<double> shares;
  const double window = static_cast<double>(a.kernel_h * a.kernel_w);
  for (std::int64_t i = 0; i < rows.windows(in[2]); ++i) {
    for (std::int64_t j = 0; j < columns.windows(in[3]); ++j)
      shares.push_back(window /
                       static_cast<double>(inside(rows, in[2], i) * inside(columns, in[3], j)));
  }
  return graph.constant(std::move(shares), dtype,
                        {1, rows.windows(in[2]), columns.windows(in[3]), 1});
}

}  // namespace

Tensor max_pooled(const PictureTensor& picture, const PoolWindows& windows) {
  const Tensor& x = picture.x;
  return like(x, max_pool(x.value, attrs_of(windows, x.shape())));
}

Tensor average_pooled(const PictureTensor& picture, const PoolWindows& windows) {
  const Tensor& x = picture.x;
  const PoolAttrs a = attrs_of(windows, x.shape());
  Value y = average_pool(x.value, a);
  if (a.pad_bottom != a.pad_top || a.pad_right != a.pad_left)
    y = y * counted(x.graph(), x.dtype(), a, x.shape());
  return like(x, y);
}

}  // namespace agon
