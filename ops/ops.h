#pragma once

namespace agon {

class OpRegistry;
class KernelRegistry;

/// Every op of the library, in the order of ops/CMakeLists.txt.
void register_all_ops(OpRegistry& ops);
/// Every kernel; those of one op are tried in order of registration, its reference last.
void register_all_kernels(KernelRegistry& kernels);

}  // namespace agon
