#pragma once

namespace agon {

/// Where a node is computed and its results lie: on the processors of this machine, or on the one
/// accelerator that a program may use beside them.
enum class Device { Cpu, Gpu };

}  // namespace agon
