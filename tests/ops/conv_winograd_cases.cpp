#include <fmt/format.h>

#include "ops/conv/conv2d.h"
#include "tests/ops/harness.h"

// Convolutions by tiles (ops/conv/winograd): every way in which tiles, channels and borders can
// fail to come out even.
namespace agon::op_cases {

namespace {

struct Conv {
  std::string label;
  int n, h, w, c, o;
  int kernel, stride;
  int top, left, bottom, right;
};

const std::vector<Conv> kConvs = {
    {"faces", 3, 16, 16, 64, 96, 4, 2, 1, 1, 1, 1},
    {"small_tiles", 8, 12, 12, 96, 128, 4, 2, 1, 1, 1, 1},
    {"one_tile", 16, 8, 8, 90, 96, 4, 2, 1, 1, 1, 1},
    {"batch_of_one", 1, 32, 32, 62, 64, 4, 2, 1, 1, 1, 1},
    {"odd_sizes", 2, 31, 29, 61, 80, 4, 2, 1, 1, 1, 1},
    {"odd_padding", 2, 27, 29, 70, 64, 4, 2, 2, 0, 3, 1},
    {"k3", 2, 16, 15, 48, 64, 3, 1, 1, 1, 1, 1},
    {"k5_stride2", 2, 32, 31, 48, 48, 5, 2, 2, 2, 2, 2},
};

std::vector<Case> rows() {
  std::vector<Case> rows;
  for (const Conv& v : kConvs) {
    Conv2dAttrs a{.stride_h = v.stride,
                  .stride_w = v.stride,
                  .pad_top = v.top,
                  .pad_left = v.left,
                  .pad_bottom = v.bottom,
                  .pad_right = v.right};
    const int oh = (v.h + v.top + v.bottom - v.kernel) / v.stride + 1;
    const int ow = (v.w + v.left + v.right - v.kernel) / v.stride + 1;
    const Input x = f32(v.n, v.h, v.w, v.c), w = f32(v.o, v.kernel, v.kernel, v.c);
    const Input y = f32(v.n, oh, ow, v.o);
    const int taps = v.kernel * v.kernel;
    const std::string label = "winograd_" + v.label;
    rows.push_back({.op = "conv2d",
                    .label = label,
                    .inputs = {x, w},
                    .attrs = Attrs(a).text(),
                    .reduces = std::int64_t{taps} * v.c,
                    .gradients = false,
                    .accepts = {"winograd:conv2d"}});
    a.size_h = v.h;
    a.size_w = v.w;
    rows.push_back({.op = "conv2d_input_grad",
                    .label = label,
                    .inputs = {y, w},
                    .attrs = Attrs(a).text(),
                    .reduces = std::int64_t{taps} * v.o,
                    .gradients = false,
                    .accepts = {"winograd:conv2d_input_grad"}});
    a.size_h = a.size_w = v.kernel;
    rows.push_back({.op = "conv2d_weight_grad",
                    .label = label,
                    .inputs = {x, y},
                    .attrs = Attrs(a).text(),
                    .reduces = std::int64_t{v.n} * oh * ow,
                    .gradients = false,
                    .accepts = {"winograd:conv2d_weight_grad"}});
  }
  return rows;
}
const CaseTable kCases(rows());

}  // namespace
}  // namespace agon::op_cases
