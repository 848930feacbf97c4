#pragma once
#include <string>
#include <vector>

#include "engine/ir/op_def.h"
#include "engine/runtime/kernel.h"

namespace agon {

/// Attributes of the op `scaled`, declared wrongly: both are called `by`.
struct OneNameForTwo {
  double by = 1, and_by = 1;
  static constexpr auto fields() {
    return std::tuple{field("by", &OneNameForTwo::by), field("by", &OneNameForTwo::and_by)};
  }
  bool operator==(const OneNameForTwo&) const = default;
};

/// Every op of the library and four of the tests: `square_sum` (a composite, a^2 + b^2), `halves`
/// (two outputs: x / 2 and x * 3 / 2), `both` (two outputs: a + b and a - b, of equal types) and
/// `blend` (a composite that holds a composite).
const OpRegistry& test_ops();

/// No kernels: everything runs by its reference, which can write over any input.
const KernelRegistry& no_kernels();

/// The text of a graph as printed, whatever indentation and blank lines it was written with.
std::string canonical(const std::string& text);

}  // namespace agon
