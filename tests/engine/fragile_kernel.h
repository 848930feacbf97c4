#pragma once
#include <memory>
#include <optional>

#include "engine/runtime/kernel.h"

namespace agon {

/// The reference of a node, which spoils its outputs and scratch before it computes, so that it is
/// wrong wherever it shares memory that it did not offer to share. `overwrites` is the input that
/// every output may lie over, -1: none.
std::unique_ptr<Kernel> fragile_kernel(const Node& node, int overwrites);

/// Fragile kernels for some ops, of the processors.
KernelRegistry fragile_kernels();
/// What fragile_kernels() gives to fragile_kernel for a node, where it has one for its op.
std::optional<int> fragile_overwrites(const Node& node);

}  // namespace agon
