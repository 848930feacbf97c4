#include "engine/plan/tolerance.h"

#include <algorithm>
#include <cmath>

#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"

namespace agon {

namespace {
double unit(DType dtype) {
  return dtype == DType::F32 ? 0x1p-23 : dtype == DType::F64 ? 0x1p-52 : 0.0;
}

double elements(const Type& type) {
  return std::max(1.0, static_cast<double>(type.shape.elements()));
}
}  // namespace

double tolerance(DType dtype, std::int64_t reduces, double error_factor, double value,
                 double terms) {
  return 4 * error_factor * unit(dtype) *
         (std::abs(value) + 4 * terms * std::sqrt(static_cast<double>(reduces)));
}

std::int64_t reduction_length(const Node& node) {
  if (node.is("fused")) {
    std::int64_t longest = 0;
    const auto body = fused_body(node);
    for (const auto& inner : body->nodes()) longest = std::max(longest, reduction_length(*inner));
    return longest;
  }
  const OpDef& op = node.op();
  if (op.folded_axes)
    return static_cast<std::int64_t>(elements(node.in(0).type()) / elements(node.out_type()));
  if (op.is_pointwise || !op.flops) return 0;
  return static_cast<std::int64_t>(std::ceil(op.flops(node) / (2 * elements(node.out_type()))));
}

double error_factor(const Instruction& instruction, const KernelRegistry& kernels) {
  const Node& node = *instruction.node;
  for (const KernelDef& def : kernels.candidates(node.op().name, node.device())) {
    if (def.name == instruction.kernel_name) return def.error_factor;
  }
  return 1;
}

double relative_tolerance(const Program& program, const KernelRegistry& kernels) {
  double squares = 0;
  for (const Instruction& instruction : program.instructions) {
    const double allowed =
        tolerance(instruction.node->out_type().dtype, reduction_length(*instruction.node),
                  error_factor(instruction, kernels), 1);
    squares += allowed * allowed;
  }
  return std::sqrt(squares);
}

}  // namespace agon
