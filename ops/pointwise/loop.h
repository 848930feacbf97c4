#pragma once
#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "engine/runtime/kernel.h"

namespace agon {

/// Consecutive elements of the output with their operands: each operand is as long as the output,
/// or one element that stands for all.
struct PointwiseRow {
  static constexpr int kMaxOperands = 3;
  std::array<const void*, kMaxOperands> in{};
  std::array<bool, kMaxOperands> single{};
  void* out = nullptr;
  std::int64_t count = 0;
};

/// Computes a row; `parameter` is the op's number (a slope), 0 where it has none. An element's bits
/// depend on its operands alone, not on where in a row it stands.
using RowFunction = std::function<void(const PointwiseRow& row, double parameter)>;

/// A pointwise node (one output, at most three operands that stretch to it) as calls of `row`: axes
/// that all operands share are merged, and large outputs are split over the lanes.
std::unique_ptr<Kernel> pointwise_kernel(const Node& node, RowFunction row, double parameter = 0);

/// Candidate "plain:<op>" for every dtype: one element after another in double precision. Vector
/// code for float32 is that of op `fused` (ops/fused/tile_code.h), which the pass `fuse` makes of
/// every pointwise node.
using Formula = std::function<double(std::span<const double> operands, double parameter)>;
KernelDef plain_candidate(const std::string& op, Formula formula,
                          std::function<double(const Node&)> parameter = nullptr);

}  // namespace agon
