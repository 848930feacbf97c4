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

/// Streams, events and captured graphs keep only the order that CUDA promises, see set_order().
/// Memory is filled with a pattern (0xA5), so that reading before writing shows, and lies between
/// zones that are looked at after each kernel and when it is released. Addresses from `allocate`
/// are the device's alone: the host's touching them is a segmentation fault. A thread needs a
/// context. error_text says more than the real driver: what the last failure was about.
const CudaDriver& driver();

/// 0: what is put into streams is done at once, graphs and threads in their order. Else the nodes
/// of a graph, and what waits in streams, are done in an order drawn from the seed among those that
/// are allowed; with an odd seed the threads and blocks of a kernel come in reverse; with bit 1
/// streams do nothing before somebody waits for it. Seeds 0 to 3 meet all of this.
void set_order(std::uint64_t seed);

/// What was made by the driver and is still there: "2 allocations of the device, 1 streams", or "".
std::string left_over();

/// Compiles sources to shared libraries in a folder of its own, removed with it. With
/// AGON_EMULATED_SOURCES=FOLDER in the environment it lies there and stays.
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
