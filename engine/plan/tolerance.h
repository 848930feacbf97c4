#pragma once
#include "engine/runtime/program.h"

namespace agon {

/// How far a computed value may be from the exact one. Each operand and the result are rounded, and
/// roundings of a sum wander with the root of its length:
///   4 error_factor eps (|value| + 4 terms sqrt(reduces))
/// with eps = 2^-23 for f32, 2^-52 for f64 and 0 for whole numbers. `reduces` is the number of
/// additions behind the value, `terms` the size of what they add, `error_factor` the kernel's
/// (KernelDef::error_factor).
double tolerance(DType dtype, std::int64_t reduces, double error_factor, double value,
                 double terms = 1);

/// Additions behind one element of an output of the node, from its formula: flops and folds. Those
/// of a fused node are the most of any op in it.
std::int64_t reduction_length(const Node& node);

/// Of the kernel that an instruction runs; 1 for references and copies.
double error_factor(const Instruction& instruction, const KernelRegistry& kernels);

/// What tolerance() allows at size 1 for each instruction, errors of one instruction independent of
/// those of another: the root of the sum of squares. Relative to the largest values of a result.
double relative_tolerance(const Program& program, const KernelRegistry& kernels);

}  // namespace agon
