#include "tests/ops/harness.h"

namespace agon::op_cases {

namespace {

const char* const kStride2 =
    "{stride_h: 2, stride_w: 2, pad_top: 1, pad_left: 1, pad_bottom: 1, pad_right: 1}";
const char* const kStride2Of8 =
    "{stride_h: 2, stride_w: 2, pad_top: 1, pad_left: 1, pad_bottom: 1, pad_right: 1, size_h: 8, "
    "size_w: 8}";
const char* const kStride2Of4 =
    "{stride_h: 2, stride_w: 2, pad_top: 1, pad_left: 1, pad_bottom: 1, pad_right: 1, size_h: 4, "
    "size_w: 4}";

/// On the processors the reference alone computes them: no node of theirs is one.
const CaseTable kCases({
    {.op = "matmul_tf32", .label = "plain", .inputs = {f32(3, 4), f32(4, 5)}, .reduces = 4},
    {.op = "matmul_tf32",
     .label = "ta",
     .inputs = {f32(4, 3), f32(4, 5)},
     .attrs = "{transpose_a: true}",
     .reduces = 4},
    {.op = "matmul_tf32",
     .label = "forward",
     .inputs = {f32(64, 256), f32(256, 128)},
     .reduces = 256,
     .gradients = false},
    {.op = "matmul_tf32",
     .label = "weight_grad",
     .inputs = {f32(64, 132), f32(64, 260)},
     .attrs = "{transpose_a: true}",
     .reduces = 64,
     .gradients = false},
    {.op = "matmul_tf32", .inputs = {f64(3, 2), f64(2, 3)}, .reduces = 2},
    {.op = "conv2d_tf32",
     .label = "k3",
     .inputs = {f32(2, 4, 5, 2), f32(3, 3, 3, 2)},
     .attrs = "{pad_top: 1, pad_left: 1, pad_bottom: 1, pad_right: 1}",
     .reduces = 18},
    {.op = "conv2d_tf32",
     .label = "k4",
     .inputs = {f32(4, 8, 8, 32), f32(64, 4, 4, 32)},
     .attrs = kStride2,
     .reduces = 512,
     .gradients = false},
    {.op = "conv2d_input_grad_tf32",
     .label = "k4",
     .inputs = {f32(4, 4, 4, 64), f32(64, 4, 4, 32)},
     .attrs = kStride2Of8,
     .reduces = 1024,
     .gradients = false},
    {.op = "conv2d_weight_grad_tf32",
     .label = "k4",
     .inputs = {f32(4, 8, 8, 32), f32(4, 4, 4, 64)},
     .attrs = kStride2Of4,
     .reduces = 64,
     .gradients = false},
});

const RefusedTable kRefused({
    {.op = "matmul_tf32",
     .inputs = {f32(2, 3), f32(4, 5)},
     .message = "matmul_tf32: expects equal inner sizes, got 3 (a [2, 3]) and 4 (b [4, 5])"},
});

}  // namespace
}  // namespace agon::op_cases
