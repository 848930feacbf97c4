#pragma once
#include "engine/ir/op_def.h"
#include "engine/runtime/kernel.h"
#include "tests/engine/checked_memory.h"

namespace agon {

enum class Inside { References, FragileKernels };

/// A kernel of either device for every op, computing by the reference or by fragile kernels. Those
/// of the accelerator are for FakeAccelerator; all check that their memory is where they may use
/// it. `memory` outlives them.
KernelRegistry checked_kernels(const OpRegistry& ops, CheckedMemory& memory, Inside inside);

}  // namespace agon
