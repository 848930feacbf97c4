#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "graphs/keys/forms.h"
#include "graphs/words/layer_tables.h"
#include "ops/pointwise/pointwise.h"
#include "ops/pool/pool.h"
#include "ops/pool/pool_geometry.h"

namespace agon {

namespace {

struct Pool {
  std::vector<Whole> kernel;
  std::vector<Whole> stride;  // empty: the kernel
  std::vector<Whole> padding = {Whole(0)};
  bool ceil = false;
};

Keys<Pool> pool_keys(const std::string& word, const std::string& doc) {
  return Keys<Pool>(
             word, doc,
             {key("kernel", &Pool::kernel, "size of a window, n or [height, width]",
                  extents_form(1))
                  .required(),
              key("stride", &Pool::stride, "steps between windows; the kernel where not given",
                  extents_form(1)),
              key("padding", &Pool::padding,
                  "pixels on each side, which never win a maximum and count as 0 in an average; 0 "
                  "where not given",
                  extents_form(0)),
              key("ceil", &Pool::ceil,
                  "whether a last window may hang over the end; false where not given", boolean())})
      .argument("kernel");
}

const Keys<Pool>& max_pool_keys() {
  static const Keys<Pool> keys = pool_keys("max_pool", "the largest of each window");
  return keys;
}

const Keys<Pool>& average_pool_keys() {
  static const Keys<Pool> keys = pool_keys("average_pool", "the mean of each window");
  return keys;
}

/// How far the last window may hang over: with `ceil` as far as it still begins inside the picture
/// or its padding in front.
std::int64_t hanging(const WindowAxis& axis, std::int64_t size, bool ceil) {
  if (!ceil) return 0;
  const std::int64_t room = size + 2 * axis.pad_before - axis.kernel;
  std::int64_t count = (room + axis.stride - 1) / axis.stride + 1;
  if ((count - 1) * axis.stride >= size + axis.pad_before) --count;
  return std::max<std::int64_t>((count - 1) * axis.stride - room, 0);
}

void check_axis(const WindowAxis& axis, std::int64_t size, const std::string& word) {
  if (2 * axis.pad_before > axis.kernel) {
    throw GraphError(fmt::format("{} expects padding of at most half the kernel {}, got {}", word,
                                 axis.kernel, axis.pad_before));
  }
  if (axis.windows(size) >= 1) return;
  throw GraphError(
      fmt::format("{} output {} {}, expected at least 1: the kernel is larger than "
                  "the padded input",
                  word, axis.name, axis.arithmetic(size)));
}

PoolAttrs attrs_of(const Pool& attributes, const Shape& in, const NumberScope& scope,
                   const std::string& word) {
  const Extents kernel = extents(attributes.kernel, scope);
  const Extents stride = attributes.stride.empty() ? kernel : extents(attributes.stride, scope);
  const Extents padding = extents(attributes.padding, scope);
  PoolAttrs a{.kernel_h = kernel.height,
              .kernel_w = kernel.width,
              .stride_h = stride.height,
              .stride_w = stride.width,
              .pad_top = padding.height,
              .pad_left = padding.width,
              .pad_bottom = padding.height,
              .pad_right = padding.width};
  a.pad_bottom += hanging(PoolGeometry::rows(a), in[2], attributes.ceil);
  a.pad_right += hanging(PoolGeometry::columns(a), in[3], attributes.ceil);
  check_axis(PoolGeometry::rows(a), in[2], word);
  check_axis(PoolGeometry::columns(a), in[3], word);
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

Tensor build_max_pool(LayerCall& call, const Pool& attributes) {
  const Tensor x = picture_of(call, "max_pool");
  return like(x, max_pool(x.value, attrs_of(attributes, x.shape(), call.scope(), "max_pool")));
}

Tensor build_average_pool(LayerCall& call, const Pool& attributes) {
  const Tensor x = picture_of(call, "average_pool");
  const PoolAttrs a = attrs_of(attributes, x.shape(), call.scope(), "average_pool");
  Value y = average_pool(x.value, a);
  if (a.pad_bottom != a.pad_top || a.pad_right != a.pad_left)
    y = y * counted(call.graph(), x.dtype(), a, x.shape());
  return like(x, y);
}

}  // namespace

std::vector<LayerDef> pool_layers() {
  return {layer<Pool>("max_pool", max_pool_keys(), build_max_pool),
          layer<Pool>("average_pool", average_pool_keys(), build_average_pool)};
}

}  // namespace agon
