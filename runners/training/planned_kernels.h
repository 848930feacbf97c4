#pragma once
#include "engine/runtime/kernel.h"

namespace agon {

/// For every op a kernel of Device::Gpu, named "planned", that cannot be run: so that a file which
/// names a device can be compiled and looked at where that is not there. What real kernels need as
/// scratch memory is not counted.
void register_planned_kernels(KernelRegistry& kernels);

}  // namespace agon
