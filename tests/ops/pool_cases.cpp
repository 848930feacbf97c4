#include <fmt/format.h>

#include "ops/pool/pool.h"
#include "tests/ops/harness.h"

namespace agon::op_cases {

namespace {

/// One pooling, from which the cases of all five ops follow.
struct Pool {
  std::string label;
  int n, h, w, c;
  PoolAttrs attrs;
  bool large = false;  // too large for central differences
};

constexpr PoolAttrs square(int kernel, int stride, int padding) {
  return {.kernel_h = kernel,
          .kernel_w = kernel,
          .stride_h = stride,
          .stride_w = stride,
          .pad_top = padding,
          .pad_left = padding,
          .pad_bottom = padding,
          .pad_right = padding};
}

std::vector<Pool> pools() {
  return {
      {"k2", 2, 4, 6, 3, square(2, 2, 0)},
      {"overlapping", 1, 7, 5, 2, square(3, 2, 1)},
      {"k3_stride1", 1, 4, 4, 2, square(3, 1, 1)},
      {"stride3_gaps", 1, 8, 8, 1, square(2, 3, 0)},
      {"uneven",
       1,
       5,
       4,
       2,
       {.kernel_h = 3,
        .kernel_w = 2,
        .stride_h = 2,
        .stride_w = 1,
        .pad_top = 0,
        .pad_left = 1,
        .pad_bottom = 2,
        .pad_right = 0}},
      {"whole_map", 2, 4, 4, 3, square(4, 4, 0)},
      {"map1", 2, 1, 1, 5, square(1, 1, 0)},
      {"wide", 3, 16, 14, 67, square(3, 2, 1), true},
      {"halving", 4, 32, 32, 64, square(2, 2, 0), true},
  };
}

std::vector<Case> rows() {
  std::vector<Case> rows;
  for (const Pool& p : pools()) {
    const PoolAttrs& a = p.attrs;
    const auto oh = (p.h + a.pad_top + a.pad_bottom - a.kernel_h) / a.stride_h + 1;
    const auto ow = (p.w + a.pad_left + a.pad_right - a.kernel_w) / a.stride_w + 1;
    const Input x = f32(p.n, p.h, p.w, p.c), y = f32(p.n, oh, ow, p.c);
    const std::string plain = Attrs(a).text();
    PoolAttrs sized = a;
    sized.size_h = p.h;
    sized.size_w = p.w;
    const auto area = a.kernel_h * a.kernel_w;
    const auto add = [&](const std::string& op, std::vector<Input> inputs, std::string attrs,
                         std::int64_t reduces, bool distinct) {
      rows.push_back({.op = op,
                      .label = p.label,
                      .inputs = std::move(inputs),
                      .attrs = std::move(attrs),
                      .distinct = distinct,
                      .reduces = reduces,
                      .gradients = !p.large,
                      .accepts = {"cpu:" + op}});
    };
    add("max_pool", {x}, plain, 0, true);
    add("max_pool_scatter", {x, y}, plain, area, true);
    add("max_pool_gather", {x, x}, plain, 0, true);
    add("average_pool", {x}, plain, area, false);
    add("average_pool_grad", {y}, Attrs(sized).text(), area, false);
  }
  return rows;
}
const CaseTable kCases(rows());

/// Three levels only: most windows have several maxima, of which the first counts everywhere.
const CaseTable kTies({
    {.op = "max_pool", .label = "ties", .inputs = {f32(2, 8, 8, 5).below(3)}, .gradients = false},
    {.op = "max_pool_scatter",
     .label = "ties",
     .inputs = {f32(2, 8, 8, 5).below(3), f32(2, 7, 7, 5)},
     .attrs = "{stride_h: 1, stride_w: 1}",
     .reduces = 4},
    {.op = "max_pool_gather",
     .label = "ties",
     .inputs = {f32(2, 8, 8, 5).below(3), f32(2, 8, 8, 5)},
     .attrs = "{kernel_h: 3, kernel_w: 3}"},
});

const CaseTable kInFloat64({
    {.op = "max_pool", .label = "f64", .inputs = {f64(2, 5, 4, 3)}, .distinct = true},
    {.op = "max_pool_scatter",
     .label = "f64",
     .inputs = {f64(1, 5, 4, 3), f64(1, 4, 3, 3)},
     .attrs = "{stride_h: 1, stride_w: 1}",
     .distinct = true,
     .reduces = 4},
    {.op = "max_pool_gather",
     .label = "f64",
     .inputs = {f64(1, 5, 4, 3), f64(1, 5, 4, 3)},
     .distinct = true},
    {.op = "average_pool",
     .label = "f64",
     .inputs = {f64(2, 5, 4, 3)},
     .attrs = "{kernel_h: 3, pad_top: 1}",
     .reduces = 6},
    {.op = "average_pool_grad",
     .label = "f64",
     .inputs = {f64(2, 2, 2, 3)},
     .attrs = "{kernel_h: 3, pad_top: 1, size_h: 5, size_w: 4}",
     .reduces = 6},
});

const CaseTable kUpsampling({
    {.op = "upsample", .inputs = {f32(2, 3, 2, 3)}, .accepts = {"cpu:upsample"}},
    {.op = "upsample",
     .inputs = {f32(1, 2, 3, 1)},
     .attrs = "{factor: 3}",
     .accepts = {"cpu:upsample"}},
    {.op = "upsample", .inputs = {f32(1, 1, 1, 4)}, .attrs = "{factor: 1}"},
    {.op = "upsample", .inputs = {f32(3, 16, 16, 33)}, .gradients = false},
    {.op = "upsample", .label = "fours", .inputs = {f32(2, 3, 5, 8)}, .attrs = "{factor: 3}"},
    {.op = "upsample", .label = "in_float64", .inputs = {f64(1, 2, 2, 2)}},
});

const RefusedTable kRefused({
    {.op = "max_pool",
     .inputs = {f32(1, 3, 9, 2)},
     .attrs = "{kernel_h: 4}",
     .message =
         "max_pool: output height floor((3 - 4) / 2) + 1 = 0, expects at least 1: the kernel "
         "is larger than the padded input"},
    {.op = "max_pool",
     .inputs = {f32(1, 8, 8, 2)},
     .attrs = "{pad_top: 2}",
     .message = "max_pool: expects padding below the kernel height 2, got 2"},
    {.op = "average_pool",
     .inputs = {f32(1, 8, 8, 2)},
     .attrs = "{pad_right: 2}",
     .message = "average_pool: the last window along width starts at 8, expects below 8: less "
                "padding at the end"},
    {.op = "max_pool_scatter",
     .inputs = {f32(1, 8, 8, 2), f32(1, 4, 3, 2)},
     .message = "max_pool_scatter: expects dy [1, 4, 4, 2], got [1, 4, 3, 2]"},
    {.op = "average_pool_grad",
     .inputs = {f32(1, 4, 4, 2)},
     .attrs = "{size_h: 8, size_w: 11}",
     .message = "average_pool_grad: expects dy of width floor((11 - 2) / 2) + 1 = 5, got 4"},
    {.op = "upsample",
     .inputs = {f32(1, 4, 4, 2)},
     .attrs = "{factor: 0}",
     .message = "upsample: expects a factor of at least 1, got 0"},
    {.op = "upsample",
     .inputs = {f32(4, 4)},
     .message = "upsample: expects x [n, h, w, c], got [4, 4]"},
});

}  // namespace
}  // namespace agon::op_cases
