#include <fmt/format.h>

#include "ops/conv/conv2d.h"
#include "tests/ops/harness.h"

namespace agon::op_cases {

namespace {

/// One convolution, from which the cases of all three ops follow.
struct Conv {
  std::string label;
  int n, h, w, c, o;
  int kh, kw;
  Conv2dAttrs attrs;
  bool large = false;  // too large for central differences
};

constexpr Conv2dAttrs padded(int stride, int padding) {
  return {.stride_h = stride,
          .stride_w = stride,
          .pad_top = padding,
          .pad_left = padding,
          .pad_bottom = padding,
          .pad_right = padding};
}

const Conv2dAttrs kUneven{
    .stride_h = 2, .stride_w = 1, .pad_top = 0, .pad_left = 2, .pad_bottom = 1, .pad_right = 0};
/// TensorFlow's `same` for stride 2 on even sizes: the odd pixel at the end.
const Conv2dAttrs kSame{
    .stride_h = 2, .stride_w = 2, .pad_top = 0, .pad_left = 0, .pad_bottom = 1, .pad_right = 1};

std::vector<Conv> convolutions() {
  return {
      {"k1", 2, 3, 3, 2, 3, 1, 1, padded(1, 0)},
      {"k1_stride2", 1, 5, 4, 2, 2, 1, 1, padded(2, 0)},
      {"k3", 2, 4, 5, 2, 3, 3, 3, padded(1, 1)},
      {"k3_stride2_odd", 1, 7, 5, 2, 2, 3, 3, padded(2, 1)},
      {"k4_stride2", 2, 6, 6, 3, 2, 4, 4, padded(2, 1)},
      {"k5_stride2", 1, 7, 7, 1, 3, 5, 5, padded(2, 2)},
      {"k3_stride3", 1, 8, 7, 2, 2, 3, 3, padded(3, 0)},
      {"k3x2_uneven", 1, 5, 4, 2, 2, 3, 2, kUneven},
      {"same", 1, 6, 4, 2, 2, 3, 3, kSame},
      {"map1", 3, 1, 1, 4, 2, 1, 1, padded(1, 0)},
      {"map1_k4", 2, 1, 1, 2, 2, 4, 4, padded(2, 2)},
      {"to_map1", 2, 4, 4, 3, 1, 4, 4, padded(1, 0)},
      {"c4", 1, 5, 5, 4, 2, 3, 3, padded(1, 1)},
      // remainders: the last columns and rows of x lie under no kernel
      {"unread_edge", 1, 6, 6, 2, 2, 3, 3, padded(2, 0)},
      {"digits_first", 4, 28, 28, 1, 32, 5, 5, padded(2, 2), true},
      {"digits_second", 2, 14, 14, 32, 64, 5, 5, padded(2, 2), true},
      {"faces_first", 2, 64, 64, 3, 64, 4, 4, padded(2, 1), true},
      {"faces_second", 2, 16, 16, 32, 64, 4, 4, padded(2, 1), true},
      {"faces_last", 4, 8, 8, 64, 96, 4, 4, padded(2, 1), true},
      {"faces_in_groups", 11, 64, 64, 3, 8, 4, 4, padded(2, 1), true},
      {"pixels8", 2, 12, 12, 8, 48, 3, 3, padded(1, 1), true},
      {"pixels2", 2, 12, 12, 2, 48, 3, 3, padded(1, 1), true},
      {"pixels4", 2, 12, 12, 4, 48, 3, 3, padded(1, 1), true},
      {"pixels12", 2, 12, 12, 12, 48, 3, 3, padded(1, 1), true},
      {"pixels13_stride2", 2, 11, 13, 13, 48, 5, 5, padded(2, 2), true},
      {"pixels16_stride3", 3, 10, 11, 16, 20, 4, 3, padded(3, 1), true},
      {"to_pixels11", 2, 12, 13, 40, 11, 3, 3, padded(1, 1), true},
      {"digits_uneven", 3, 27, 29, 1, 20, 5, 5, kUneven, true},
      // columns of a whole picture do not fit the cache: bands of rows
      {"poster", 1, 100, 101, 3, 24, 4, 4, padded(2, 1), true},
      {"k3_deep", 2, 9, 9, 48, 33, 3, 3, padded(1, 1), true},
      {"k1_deep", 2, 8, 8, 64, 32, 1, 1, padded(1, 0), true},
      {"k7_wide", 1, 16, 16, 16, 16, 7, 7, padded(1, 3), true},
      {"same_deep", 2, 16, 16, 32, 32, 3, 3, kSame, true},
      {"uneven_deep", 2, 13, 11, 17, 20, 3, 2, kUneven, true},
      {"style_last", 2, 20, 18, 32, 3, 9, 9, padded(1, 4), true},
      {"style_in_groups", 3, 31, 24, 16, 4, 9, 9, padded(1, 4), true},
      {"few_uneven", 3, 9, 8, 24, 4, 3, 4, {.pad_left = 3, .pad_bottom = 2}, true},
      // padding beyond the kernel: outputs that see no pixel
      {"few_wide_padding", 1, 4, 4, 16, 2, 2, 2, padded(1, 3), true},
      {"critic_last", 8, 4, 4, 128, 1, 4, 4, padded(1, 0), true},
  };
}

std::string text(const Conv2dAttrs& attrs) {
  return Attrs(attrs).text();
}

Conv2dAttrs sized(Conv2dAttrs a, std::int64_t h, std::int64_t w) {
  a.size_h = h;
  a.size_w = w;
  return a;
}

std::vector<Case> rows() {
  std::vector<Case> rows;
  for (const Conv& v : convolutions()) {
    const Conv2dAttrs& a = v.attrs;
    const auto oh = (v.h + a.pad_top + a.pad_bottom - v.kh) / a.stride_h + 1;
    const auto ow = (v.w + a.pad_left + a.pad_right - v.kw) / a.stride_w + 1;
    const Input x = f32(v.n, v.h, v.w, v.c), w = f32(v.o, v.kh, v.kw, v.c);
    const Input y = f32(v.n, oh, ow, v.o);
    const auto accepts = [&](const char* kernel) {
      return v.large ? std::vector<std::string>{kernel} : std::vector<std::string>{};
    };
    const bool strided = a.stride_h * a.stride_w > 1;
    const bool few_filters = v.o <= 4 && !strided;
    rows.push_back({.op = "conv2d",
                    .label = v.label,
                    .inputs = {x, w},
                    .attrs = text(a),
                    .reduces = std::int64_t{v.kh} * v.kw * v.c,
                    .gradients = !v.large,
                    .accepts = accepts(v.o <= 12 && v.c >= 16 && !strided ? "own:conv2d_columns"
                                                                          : "onednn:conv2d")});
    rows.push_back(
        {.op = "conv2d_input_grad",
         .label = v.label,
         .inputs = {y, w},
         .attrs = text(sized(a, v.h, v.w)),
         .reduces = std::int64_t{v.kh} * v.kw * v.o,
         .gradients = !v.large,
         .accepts = accepts(v.c > (strided ? 16 : 12) ? "onednn:conv2d_input_grad"
                                                      : "own:conv2d_input_grad_columns")});
    rows.push_back({.op = "conv2d_weight_grad",
                    .label = v.label,
                    .inputs = {x, y},
                    .attrs = text(sized(a, v.kh, v.kw)),
                    .reduces = std::int64_t{v.n} * oh * ow,
                    .gradients = !v.large,
                    .accepts = accepts(few_filters ? "onednn:conv2d_weight_grad_columns"
                                                   : "onednn:conv2d_weight_grad")});
  }
  rows.push_back({.op = "conv2d",
                  .label = "in_float64",
                  .inputs = {f64(1, 3, 3, 2), f64(2, 2, 2, 2)},
                  .reduces = 8});
  return rows;
}
const CaseTable kCases(rows());

const RefusedTable kRefused({
    {.op = "conv2d",
     .inputs = {f32(1, 3, 9, 2), f32(4, 7, 7, 2)},
     .attrs = "{stride_h: 2, stride_w: 2, pad_top: 1, pad_bottom: 1}",
     .message = "conv2d: output height floor((3 + 2 * 1 - 7) / 2) + 1 = 0, expects at least 1: the "
                "kernel is larger than the padded input"},
    {.op = "conv2d",
     .inputs = {f32(1, 9, 2, 2), f32(4, 4, 4, 2)},
     .attrs = "{pad_left: 1}",
     .message = "conv2d: output width floor((2 + 1 + 0 - 4) / 1) + 1 = 0, expects at least 1: the "
                "kernel is larger than the padded input"},
    {.op = "conv2d",
     .inputs = {f32(1, 9, 9, 64), f32(4, 4, 4, 128)},
     .message = "conv2d: expects 128 input channels (from w), got 64"},
    {.op = "conv2d",
     .inputs = {f32(100), f32(4, 4, 4, 1)},
     .message = "conv2d: expects x [n, h, w, c], got [100]"},
    {.op = "conv2d",
     .inputs = {f32(1, 9, 9, 1), f32(4, 4, 4)},
     .message = "conv2d: expects w [o, kh, kw, c], got [4, 4, 4]"},
    {.op = "conv2d",
     .inputs = {f32(1, 9, 9, 1), f64(4, 4, 4, 1)},
     .message = "conv2d: expects inputs of one type, got f32[1, 9, 9, 1] and f64[4, 4, 4, 1]"},
    {.op = "conv2d",
     .inputs = {f32(1, 9, 9, 1), f32(4, 4, 4, 1)},
     .attrs = "{stride_w: 0}",
     .message = "conv2d: expects a stride of at least 1, got 0"},
    {.op = "conv2d_input_grad",
     .inputs = {f32(1, 4, 4, 8), f32(8, 4, 4, 3)},
     .attrs = "{stride_h: 2, stride_w: 2, size_h: 9, size_w: 10}",
     .message = "conv2d_input_grad: expects dy of height floor((9 - 4) / 2) + 1 = 3, got 4"},
    {.op = "conv2d_input_grad",
     .inputs = {f32(1, 4, 4, 7), f32(8, 4, 4, 3)},
     .attrs = "{size_h: 7, size_w: 7}",
     .message = "conv2d_input_grad: expects 8 channels of dy (from w), got 7"},
    {.op = "conv2d_weight_grad",
     .inputs = {f32(2, 7, 7, 3), f32(1, 4, 4, 8)},
     .attrs = "{size_h: 4, size_w: 4}",
     .message = "conv2d_weight_grad: expects dy of 2 examples (from x), got 1"},
});

}  // namespace
}  // namespace agon::op_cases
