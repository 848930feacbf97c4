#pragma once
#include <cstddef>
#include <vector>

#include "engine/runtime/program.h"

namespace agon {

/// For each instruction the earlier ones that it must come after: one of the two writes bytes that
/// the other reads or writes, or they are of different devices and touch the same variable, which
/// both must not use at once. Those are left out that follow from others. Rising.
std::vector<std::vector<std::size_t>> hazards(const Program& program);

}  // namespace agon
