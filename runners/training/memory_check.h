#pragma once
#include "runners/training/backend.h"

namespace agon {

/// Throws Error(Config) when what a plan needs (variables, the largest arena, constants) is more
/// than the machine's memory, naming the largest tensors; nothing has been allocated then.
void check_memory(const Plan& plan, const CompiledPlan& compiled);

}  // namespace agon
