#include <fmt/format.h>

#include "tests/ops/harness.h"

namespace agon::op_cases {

namespace {

/// No gradients: central differences see the steps of the rounding, the gradient does not.
std::vector<Case> products() {
  std::vector<Case> rows;
  const auto matmul = [&](std::string label, Input a, Input b, std::string attrs, int k,
                          const char* kernel) {
    rows.push_back({.op = "matmul_bf16",
                    .label = std::move(label),
                    .inputs = {a, b},
                    .attrs = std::move(attrs),
                    .reduces = k,
                    .gradients = false,
                    .accepts = {kernel}});
  };
  const char* const any = "cpu:matmul_bf16";
  matmul("plain", f32(3, 4), f32(4, 5), "", 4, any);
  matmul("ta", f32(4, 3), f32(4, 5), "{transpose_a: true}", 4, any);
  matmul("tb", f32(3, 4), f32(5, 4), "{transpose_b: true}", 4, any);
  matmul("batched", f32(2, 3, 4), f32(2, 4, 5), "", 4, any);
  matmul("forward", f32(64, 131), f32(131, 259), "", 131, any);
  matmul("input_grad", f32(64, 259), f32(131, 259), "{transpose_b: true}", 259, any);
  matmul("weight_grad", f32(64, 131), f32(64, 259), "{transpose_a: true}", 64, any);
  matmul("large_batched", f32(3, 70, 33), f32(3, 33, 80), "", 33, any);
  rows.push_back({.op = "matmul_bf16", .inputs = {f64(3, 2), f64(2, 3)}, .gradients = false});

  struct Conv {
    const char* label;
    int n, size, c, o, kernel, stride, padding;
  };
  for (const Conv& v :
       {Conv{"k3_odd", 1, 7, 2, 3, 3, 2, 1}, Conv{"k5", 2, 14, 32, 64, 5, 2, 2},
        Conv{"k4", 2, 16, 32, 48, 4, 2, 1}, Conv{"from_one", 4, 28, 1, 32, 5, 2, 2},
        Conv{"to_three", 2, 20, 32, 3, 9, 1, 4}, Conv{"k1", 2, 8, 64, 32, 1, 1, 0}}) {
    const int out = (v.size + 2 * v.padding - v.kernel) / v.stride + 1;
    const Input x = f32(v.n, v.size, v.size, v.c), w = f32(v.o, v.kernel, v.kernel, v.c);
    const Input y = f32(v.n, out, out, v.o);
    const auto attrs = [&](int size) {
      return fmt::format(
          "{{stride_h: {0}, stride_w: {0}, pad_top: {1}, pad_left: {1}, pad_bottom: {1}, "
          "pad_right: {1}, size_h: {2}, size_w: {2}}}",
          v.stride, v.padding, size);
    };
    const auto conv = [&](const std::string& op, const Input& a, const Input& b, int size,
                          int reduces) {
      rows.push_back({.op = op,
                      .label = v.label,
                      .inputs = {a, b},
                      .attrs = attrs(size),
                      .reduces = reduces,
                      .gradients = false,
                      .accepts = {"cpu:" + op}});
    };
    conv("conv2d_bf16", x, w, 0, v.kernel * v.kernel * v.c);
    conv("conv2d_input_grad_bf16", y, w, v.size, v.kernel * v.kernel * v.o);
    conv("conv2d_weight_grad_bf16", x, y, v.kernel, v.n * out * out);
  }
  return rows;
}
const CaseTable kCases(products());

const RefusedTable kRefused({
    {.op = "matmul_bf16",
     .inputs = {f32(2, 3), f32(4, 5)},
     .message = "matmul_bf16: expects equal inner sizes, got 3 (a [2, 3]) and 4 (b [4, 5])"},
});

}  // namespace
}  // namespace agon::op_cases
