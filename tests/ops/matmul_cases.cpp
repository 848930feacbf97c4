#include "tests/ops/harness.h"

namespace agon::op_cases {

namespace {

const CaseTable kCases({
    {.op = "matmul", .inputs = {f32(3, 4), f32(4, 5)}, .reduces = 4},
    {.op = "matmul",
     .inputs = {f32(4, 3), f32(4, 5)},
     .attrs = "{transpose_a: true}",
     .reduces = 4},
    {.op = "matmul",
     .inputs = {f32(3, 4), f32(5, 4)},
     .attrs = "{transpose_b: true}",
     .reduces = 4},
    {.op = "matmul",
     .inputs = {f32(4, 3), f32(5, 4)},
     .attrs = "{transpose_a: true, transpose_b: true}",
     .reduces = 4},
    {.op = "matmul", .label = "one", .inputs = {f32(1, 1), f32(1, 1)}, .reduces = 1},
    {.op = "matmul", .label = "in_float64", .inputs = {f64(3, 2), f64(2, 3)}, .reduces = 2},
    {.op = "matmul", .label = "batched", .inputs = {f32(2, 3, 4), f32(2, 4, 5)}, .reduces = 4},
    {.op = "matmul",
     .label = "batched_ta",
     .inputs = {f32(2, 4, 3), f32(2, 4, 5)},
     .attrs = "{transpose_a: true}",
     .reduces = 4},
    {.op = "matmul",
     .label = "batched_tb",
     .inputs = {f32(2, 3, 4), f32(2, 5, 4)},
     .attrs = "{transpose_b: true}",
     .reduces = 4},
    {.op = "matmul",
     .label = "batched_ta_tb",
     .inputs = {f32(3, 4, 3), f32(3, 5, 4)},
     .attrs = "{transpose_a: true, transpose_b: true}",
     .reduces = 4},
});

/// Where our own kernels begin and end: few rows, a full vector, the largest batches.
const CaseTable kOwn({
    {.op = "matmul",
     .label = "own_row",
     .inputs = {f32(1, 37), f32(11, 37)},
     .attrs = "{transpose_b: true}",
     .reduces = 37,
     .accepts = {"own:matmul"}},
    {.op = "matmul",
     .label = "own_column",
     .inputs = {f32(70, 100), f32(1, 100)},
     .attrs = "{transpose_b: true}",
     .reduces = 100,
     .gradients = false,
     .accepts = {"own:matmul"}},
    {.op = "matmul",
     .label = "own_few_columns",
     .inputs = {f32(301, 530), f32(7, 530)},
     .attrs = "{transpose_b: true}",
     .reduces = 530,
     .gradients = false,
     .accepts = {"own:matmul"}},
    {.op = "matmul",
     .label = "own_dots",
     .inputs = {f32(15, 300), f32(203, 300)},
     .attrs = "{transpose_b: true}",
     .reduces = 300,
     .gradients = false,
     .accepts = {"own:matmul"}},
    {.op = "matmul",
     .label = "own_short_dots",
     .inputs = {f32(5, 9), f32(18, 9)},
     .attrs = "{transpose_b: true}",
     .reduces = 9,
     .gradients = false,
     .accepts = {"own:matmul"}},
    {.op = "matmul",
     .label = "own_vector",
     .inputs = {f32(16, 260), f32(517, 260)},
     .attrs = "{transpose_b: true}",
     .reduces = 260,
     .gradients = false,
     .accepts = {"own:matmul"}},
    {.op = "matmul",
     .label = "own_forward",
     .inputs = {f32(31, 300), f32(411, 300)},
     .attrs = "{transpose_b: true}",
     .reduces = 300,
     .gradients = false,
     .accepts = {"own:matmul"}},
    {.op = "matmul",
     .label = "own_forward_refuses",
     .inputs = {f32(33, 30), f32(41, 30)},
     .attrs = "{transpose_b: true}",
     .reduces = 30,
     .gradients = false,
     .accepts = {"onednn:matmul"}},
    {.op = "matmul",
     .label = "own_input_grad",
     .inputs = {f32(67, 270), f32(270, 333)},
     .reduces = 270,
     .gradients = false,
     .accepts = {"own:matmul"}},
    {.op = "matmul",
     .label = "own_outer",
     .inputs = {f32(300, 1), f32(1, 130)},
     .reduces = 1,
     .gradients = false,
     .accepts = {"own:matmul"}},
    {.op = "matmul",
     .label = "own_weight_grad",
     .inputs = {f32(8, 421), f32(8, 333)},
     .attrs = "{transpose_a: true}",
     .reduces = 8,
     .gradients = false,
     .accepts = {"own:matmul"}},
    {.op = "matmul",
     .label = "own_narrow_weight_grad",
     .inputs = {f32(70, 20), f32(70, 403)},
     .attrs = "{transpose_a: true}",
     .reduces = 70,
     .gradients = false,
     .accepts = {"own:matmul"}},
});

/// Forward, data gradient and weight gradient of dense layers, of the sizes trained with.
CaseTable dense_layers() {
  struct Layer {
    const char* label;
    int batch, in, out;
  };
  std::vector<Case> rows;
  for (const Layer& l : {Layer{"mlp_first", 16, 100, 256}, Layer{"mlp_last", 64, 512, 784},
                         Layer{"critic_last", 64, 256, 1}, Layer{"odd", 7, 33, 19},
                         Layer{"flat", 8, 1568, 3}, Layer{"one_example", 1, 128, 64}}) {
    const std::string label = l.label;
    const std::vector<std::string> fast = {"onednn:matmul"};
    rows.push_back({.op = "matmul",
                    .label = label + "_forward",
                    .inputs = {f32(l.batch, l.in), f32(l.out, l.in)},
                    .attrs = "{transpose_b: true}",
                    .reduces = l.in,
                    .gradients = false,
                    .accepts = fast});
    rows.push_back({.op = "matmul",
                    .label = label + "_input_grad",
                    .inputs = {f32(l.batch, l.out), f32(l.out, l.in)},
                    .reduces = l.out,
                    .gradients = false,
                    .accepts = fast});
    rows.push_back({.op = "matmul",
                    .label = label + "_weight_grad",
                    .inputs = {f32(l.batch, l.out), f32(l.batch, l.in)},
                    .attrs = "{transpose_a: true}",
                    .reduces = l.batch,
                    .gradients = false,
                    .accepts = fast});
  }
  return CaseTable(rows);
}
const CaseTable kLayers = dense_layers();

const RefusedTable kRefused({
    {.op = "matmul",
     .inputs = {f32(2, 3), f32(4, 5)},
     .message = "matmul: expects equal inner sizes, got 3 (a [2, 3]) and 4 (b [4, 5])"},
    {.op = "matmul",
     .inputs = {f32(2, 3), f32(3, 5)},
     .attrs = "{transpose_b: true}",
     .message = "matmul: expects equal inner sizes, got 3 (a [2, 3]) and 5 (b [3, 5] transposed)"},
    {.op = "matmul",
     .inputs = {f32(3), f32(3, 5)},
     .message = "matmul: expects two matrices or two batches of matrices, got [3] and [3, 5]"},
    {.op = "matmul",
     .inputs = {f32(2, 4, 3), f32(3, 3, 5)},
     .message = "matmul: expects equal batches, got 2 and 3"},
    {.op = "matmul",
     .inputs = {f32(2, 3), f64(3, 5)},
     .message = "matmul: expects inputs of one floating type, got f32[2, 3] and f64[3, 5]"},
});

}  // namespace
}  // namespace agon::op_cases
