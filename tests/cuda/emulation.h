#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/cuda/context.h"

/// A CUDA device played by this machine's processors, for tests where there is none: the driver's
/// functions over the heap, and generated code compiled as C++ by the compiler the tests were built
/// with. Threads of a block are run one after another where the code never waits for its block,
/// else as fibers that change places at each __syncthreads().
namespace agon::emulation {

/// Streams, events and captured graphs keep only the order that CUDA promises: when a graph is
/// launched its nodes are done in an order drawn by set_order among those that its edges allow.
/// Memory from `allocate` is filled with a pattern, so that reading before writing shows.
const CudaDriver& driver();
void set_order(std::uint64_t seed);

/// Compiles sources to shared libraries in a folder of its own, removed with it.
std::unique_ptr<DeviceCompiler> compiler();

/// A context on both, of architecture 90, without libraries.
std::unique_ptr<CudaContext> context();

/// What was done since the last call: kernel launches, copies, graph launches.
struct Counts {
  std::int64_t kernels = 0, copies = 0, graphs = 0;
};
Counts take_counts();

/// The call of the driver with this number (from 1, counted from now) fails with `result`; 0: none.
void fail_at(std::int64_t call, CUresult result);

}  // namespace agon::emulation
