#include <fmt/format.h>

#include "ops/conv/conv2d_bias.h"
#include "tests/ops/harness.h"

namespace agon::op_cases {

namespace {

/// On the processors the reference alone computes them: no node of theirs is one.
std::vector<Case> rows() {
  std::vector<Case> rows;
  struct Conv {
    const char* label;
    int n, size, c, o, kernel, stride, padding;
    bool large = false;  // too large for central differences
  };
  for (const Conv& v :
       {Conv{"k3", 2, 4, 2, 3, 3, 1, 1}, Conv{"k4_stride2", 1, 6, 3, 4, 4, 2, 1},
        Conv{"faces", 2, 16, 32, 64, 4, 2, 1, true}, Conv{"digits", 3, 28, 1, 32, 5, 2, 2, true},
        // sums so long that they are split
        Conv{"deep", 1, 4, 512, 8, 3, 1, 1, true}}) {
    for (const bool relu : {false, true}) {
      Conv2dBiasAttrs attrs;
      attrs.stride_h = attrs.stride_w = v.stride;
      attrs.pad_top = attrs.pad_left = attrs.pad_bottom = attrs.pad_right = v.padding;
      attrs.relu = relu;
      for (const char* op : {"conv2d_bias", "conv2d_tf32_bias", "conv2d_bf16_bias"}) {
        const bool rounds = std::string_view(op) == "conv2d_bf16_bias";
        // differences see the corner of relu, and the steps of rounding
        rows.push_back({.op = op,
                        .label = fmt::format("{}{}", v.label, relu ? "_relu" : ""),
                        .inputs = {f32(v.n, v.size, v.size, v.c), f32(v.o, v.kernel, v.kernel, v.c),
                                   f32(1, 1, 1, v.o)},
                        .attrs = Attrs(attrs).text(),
                        .reduces = std::int64_t{v.kernel} * v.kernel * v.c + 1,
                        .gradients = !v.large && !relu && !rounds});
      }
    }
  }
  rows.push_back({.op = "conv2d_bias",
                  .label = "in_float64",
                  .inputs = {f64(1, 3, 3, 2), f64(2, 2, 2, 2), f64(1, 1, 1, 2)},
                  .reduces = 9});
  return rows;
}
const CaseTable kCases(rows());

const RefusedTable kRefused({
    {.op = "conv2d_bias",
     .inputs = {f32(1, 9, 9, 3), f32(8, 4, 4, 3), f32(8)},
     .message = "conv2d_bias: expects b f32[1, 1, 1, 8], got f32[8]"},
    {.op = "conv2d_tf32_bias",
     .inputs = {f32(1, 9, 9, 3), f32(8, 4, 4, 2), f32(1, 1, 1, 8)},
     .message = "conv2d_tf32_bias: expects 2 input channels (from w), got 3"},
});

}  // namespace
}  // namespace agon::op_cases
