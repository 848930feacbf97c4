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

/// The first candidate that accepts, the op's reference last; with `reference` nothing but that.
/// Throws InternalError for a node that has neither. Call inside Lanes::run.
ChosenKernel choose_kernel(const Node& node, const KernelRegistry& kernels, bool reference);

}  // namespace agon
