#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "graphs/keys/forms.h"
#include "graphs/words/layer_tables.h"
#include "graphs/words/spectral_norm.h"
#include "ops/conv/conv2d.h"
#include "ops/conv/window.h"
#include "ops/pointwise/pointwise.h"

namespace agon {

namespace {

struct Conv {
  Whole filters;
  std::vector<Whole> kernel;
  std::vector<Whole> stride = {Whole(1)};
  Padding padding{false, {Whole(0)}};
  std::vector<Whole> output_padding = {Whole(0)};
  bool bias = true;
  bool spectral = false;
};

std::vector<Key<Conv>> common_keys() {
  return {
      key("filters", &Conv::filters, "channels that come out", whole(1)).required(),
      key("kernel", &Conv::kernel, "its size, n or [height, width]", extents_form(1)).required(),
      key("stride", &Conv::stride, "steps between windows; 1 where not given", extents_form(1)),
      key("padding", &Conv::padding,
          "zeros on each side, or `same` as TensorFlow has it (an odd pixel at the end); 0 "
          "where not given",
          padding_form()),
      key("bias", &Conv::bias, "whether a number is added to each channel; true where not given",
          boolean()),
      key("spectral_norm", &Conv::spectral, kSpectralDoc, boolean())};
}

const Keys<Conv>& conv_keys() {
  static const Keys<Conv> keys(
      "conv",
      "cross-correlation; size floor((in + 2 padding - kernel) / stride) + 1, with `same` "
      "ceil(in / stride)",
      common_keys());
  return keys;
}

const Keys<Conv>& conv_transpose_keys() {
  static const Keys<Conv> keys = [] {
    std::vector<Key<Conv>> list = common_keys();
    list.push_back(key("output_padding", &Conv::output_padding,
                       "rows and columns added at the end, less than the stride; 0 where not given",
                       extents_form(0)));
    return Keys<Conv>("conv_transpose",
                      "transposed convolution; size (in - 1) stride - 2 padding + kernel + "
                      "output_padding, with `same` in * stride",
                      std::move(list));
  }();
  return keys;
}

/// The windows of a layer along both axes.
struct Windows {
  WindowAxis rows{.name = "height"};
  WindowAxis columns{.name = "width"};
};

Windows windows_of(const Conv& attributes, const NumberScope& scope) {
  const Extents kernel = extents(attributes.kernel, scope);
  const Extents stride = extents(attributes.stride, scope);
  Windows w;
  w.rows.kernel = kernel.height;
  w.rows.stride = stride.height;
  w.columns.kernel = kernel.width;
  w.columns.stride = stride.width;
  if (!attributes.padding.same) {
    const Extents padding = extents(attributes.padding.sizes, scope);
    w.rows.pad_before = w.rows.pad_after = padding.height;
    w.columns.pad_before = w.columns.pad_after = padding.width;
  }
  return w;
}

/// Padding for `same`: `out` windows over `in` pixels, an odd pixel at the end.
void pad_same(WindowAxis& axis, std::int64_t in, std::int64_t out) {
  const std::int64_t total = std::max<std::int64_t>((out - 1) * axis.stride + axis.kernel - in, 0);
  axis.pad_before = total / 2;
  axis.pad_after = total - total / 2;
}

Conv2dAttrs attrs_of(const Windows& w) {
  return {.stride_h = w.rows.stride,
          .stride_w = w.columns.stride,
          .pad_top = w.rows.pad_before,
          .pad_left = w.columns.pad_before,
          .pad_bottom = w.rows.pad_after,
          .pad_right = w.columns.pad_after};
}

Value with_bias(LayerCall& call, Value y, std::int64_t filters) {
  const Value b = channel_parameter(call, "bias", filters, Initial::constant(0));
  return y + along_channels(b, picture_or_plain(y));
}

void check_windows(const WindowAxis& axis, std::int64_t size) {
  if (axis.windows(size) >= 1) return;
  throw GraphError(
      fmt::format("conv output {} {}, expected at least 1: the kernel is larger than "
                  "the padded input",
                  axis.name, axis.arithmetic(size)));
}

Tensor build_conv(LayerCall& call, const Conv& attributes) {
  const Tensor x = picture_of(call, "conv");
  const Shape in = x.shape();
  Windows w = windows_of(attributes, call.scope());
  if (attributes.padding.same) {
    pad_same(w.rows, in[2], (in[2] + w.rows.stride - 1) / w.rows.stride);
    pad_same(w.columns, in[3], (in[3] + w.columns.stride - 1) / w.columns.stride);
  }
  check_windows(w.rows, in[2]);
  check_windows(w.columns, in[3]);
  const std::int64_t filters = attributes.filters.value(call.scope());
  const std::int64_t kh = w.rows.kernel;
  const std::int64_t kw = w.columns.kernel;
  const Shape file{filters, in[1], kh, kw};
  const FileForm columns{{in[1] * kh * kw}, {in[1], kh, kw}, {1, 2, 0}};
  const Value weight =
      weight_of(call, {.type = {x.dtype(), {filters, kh, kw, in[1]}},
                       .file = {file, file, {0, 2, 3, 1}},
                       .initial = Initial::by_network(in[1] * kh * kw, filters * kh * kw),
                       .spectral = attributes.spectral,
                       .matrix = {.weight = "weight", .columns = columns}});
  Value y = conv2d(x.value, weight, attrs_of(w));
  if (attributes.bias) y = with_bias(call, y, filters);
  return picture_or_plain(y);
}

/// Output size along one axis of a transposed convolution.
std::int64_t enlarged(const WindowAxis& axis, std::int64_t in, std::int64_t extra) {
  if (extra >= axis.stride) {
    throw GraphError(fmt::format(
        "conv_transpose expects output_padding below the stride {}, got {}", axis.stride, extra));
  }
  const std::int64_t out =
      (in - 1) * axis.stride - axis.pad_before - axis.pad_after + axis.kernel + extra;
  if (out < 1) {
    throw GraphError(fmt::format(
        "conv_transpose output {} ({} - 1) * {} - 2 * {} + {} + {} = {}, expected at least 1",
        axis.name, in, axis.stride, axis.pad_before, axis.kernel, extra, out));
  }
  return out;
}

Tensor build_conv_transpose(LayerCall& call, const Conv& attributes) {
  const Tensor x = picture_of(call, "conv_transpose");
  const Shape in = x.shape();
  Windows w = windows_of(attributes, call.scope());
  const Extents extra = extents(attributes.output_padding, call.scope());
  Extents out;
  if (attributes.padding.same) {
    if (extra.height != 0 || extra.width != 0)
      throw GraphError("conv_transpose has either `padding: same` or output_padding");
    out = {in[2] * w.rows.stride, in[3] * w.columns.stride};
    pad_same(w.rows, out.height, in[2]);
    pad_same(w.columns, out.width, in[3]);
  } else {
    out = {enlarged(w.rows, in[2], extra.height), enlarged(w.columns, in[3], extra.width)};
  }
  const std::int64_t filters = attributes.filters.value(call.scope());
  const std::int64_t kh = w.rows.kernel;
  const std::int64_t kw = w.columns.kernel;
  const Shape file{in[1], filters, kh, kw};
  // PyTorch counts the fans of a weight [in, out, kh, kw] the other way round
  const Value weight =
      weight_of(call, {.type = {x.dtype(), {in[1], kh, kw, filters}},
                       .file = {file, file, {0, 2, 3, 1}},
                       .initial = Initial::by_network(filters * kh * kw, in[1] * kh * kw),
                       .spectral = attributes.spectral,
                       .matrix = {.weight = "weight", .rows_last = true}});
  Conv2dAttrs attrs = attrs_of(w);
  attrs.size_h = out.height;
  attrs.size_w = out.width;
  Value y = conv2d_input_grad(x.value, weight, attrs);
  if (attributes.bias) y = with_bias(call, y, filters);
  return picture_or_plain(y);
}

}  // namespace

std::vector<LayerDef> conv_layers() {
  return {layer<Conv>("conv", conv_keys(), build_conv),
          layer<Conv>("conv_transpose", conv_transpose_keys(), build_conv_transpose)};
}

}  // namespace agon
