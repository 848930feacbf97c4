#pragma once
#include "runners/training/backend.h"

namespace agon {

/// Throws Error(Config) when what a plan needs (variables, the largest arena, constants) is more
/// than the memory of the machine, or of the accelerator, naming the largest tensors; nothing has
/// been allocated then.
void check_memory(const Plan& plan, const CompiledPlan& compiled, const Backend& backend);

}  // namespace agon
