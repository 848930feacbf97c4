#pragma once
#include <string>

#include "engine/ir/graph.h"

namespace agon {

/// `precision: bf16`. Everything is float32 but the operands of products, which are rounded to
/// bfloat16 (8 significant bits, the exponents of float32; nearest, ties to even) just before they
/// are multiplied; the products are added up in float32. So variables, sums and pointwise work keep
/// their precision, and the meaning does not depend on the processor: ops `matmul_bf16`,
/// `conv2d_bf16`, `conv2d_input_grad_bf16` and `conv2d_weight_grad_bf16` say it, each the op of
/// that name without the ending, of rounded operands.
///
/// Makes every float32 product of the graph one of these; composite ops are expanded first. For
/// graphs that hold their derivatives already: those then are products of rounded operands too.
/// True if there was any product.
bool round_product_operands(Graph& graph);

/// The nearest bfloat16, ties to even; infinity beyond the largest, NaN for NaN.
double nearest_bf16(double x);

/// "matmul" of "matmul_bf16".
std::string unrounded_name(const std::string& op);

}  // namespace agon
