#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/kernel.h"

namespace agon {

/// The kernel that computes a node, and why those before it would not.
struct ChosenKernel {
  std::unique_ptr<Kernel> kernel;
  std::string name;
  std::vector<std::string> refusals;  // "onednn:conv2d: needs ..."
};

/// How kernels are chosen among those that accept a node.
enum class Determinism {
  Run,     // the first: the same bits with the same machine, libraries and lanes
  Strict,  // the first of those whose rounding error is at most kStrictError times a plain loop's
  Fast,    // the one that takes least time here and now: other bits each time
};
inline constexpr double kStrictError = 2;

/// A candidate for the node's device. On the processors the op's reference comes last, and a node
/// that has neither is an InternalError; on the accelerator none is timed, and a node without one
/// is an Error(Config) naming op and refusals, as is one where only strictness stands in the way of
/// a kernel. Call inside Lanes::run.
ChosenKernel choose_kernel(const Node& node, const KernelRegistry& kernels,
                           Determinism determinism = Determinism::Run);
/// The op's reference.
ChosenKernel choose_reference(const Node& node);

}  // namespace agon
