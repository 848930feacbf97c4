#pragma once
#include "engine/ir/graph.h"

namespace agon {

/// `precision: tf32`. Everything is float32; but a GPU may round the operands of products to TF32
/// (10 bits of fraction, the exponents of float32) where its tensor cores multiply, and adds up in
/// float32. That it may say ops `matmul_tf32`, `conv2d_tf32`, `conv2d_input_grad_tf32` and
/// `conv2d_weight_grad_tf32`; their meaning and reference is that of the op without the ending.
///
/// A pass: makes every float32 product on the accelerator one of these, each in its place in the
/// order. After differentiation and after all rules, which know the plain ops.
bool allow_tf32(Graph& graph);

/// KernelDef::error_factor of what multiplies TF32. Both operands are off by up to 2^-11 of
/// themselves, products therefore by sqrt(2) 2^-11 as roundings wander, sums by the root of their
/// length times that; four times as much is allowed, as engine/plan/tolerance.h allows of plain
/// roundings: 16 factor 2^-23 = 4 sqrt(2) 2^-11.
inline constexpr double kTf32Error = 1.4142135623730951 * (1 << 10);

}  // namespace agon
