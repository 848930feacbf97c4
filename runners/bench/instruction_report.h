#pragma once
#include <string>

#include "engine/runtime/program.h"

namespace agon {

/// What reports say of one instruction.
struct InstructionReport {
  /// Products (convolutions, matrix multiplications, poolings), pointwise work (pointwise ops,
  /// folds and regions of them), or anything else: copies, draws, reorders.
  enum class Kind { Product, Pointwise, Other };

  Kind kind = Kind::Other;
  std::string op;      // "conv2d", "fused: sub mul leaky_relu -> 1 output, 2 sums"
  std::string shapes;  // "[64, 28, 28, 1] [32, 5, 5, 1] -> [64, 14, 14, 32]"
  std::string origin;  // "mlp.yaml:35", with "'" for gradients; empty for the program's own
  std::string kernel;
  double direct_flops = 0;  // what the op's formula says
  double needed_flops = 0;  // what the kernel does
  double bytes = 0;         // inputs, each once, and outputs
  KernelFacts facts;
};

InstructionReport report_of(const Instruction& instruction);

/// "mlp.yaml:35", with "'" for gradients; empty for the program's own.
std::string origin_text(const Node& node);

/// Of its inputs, each once, and outputs.
double bytes_touched(const Node& node);

/// An op that combines elements along axes: sum.
bool is_fold(const Node& node);
/// Pointwise, fold or fused.
bool is_pointwise_work(const Node& node);

}  // namespace agon
