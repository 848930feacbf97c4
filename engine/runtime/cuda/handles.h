#pragma once
#include <memory>
#include <type_traits>

#include "engine/runtime/cuda/driver.h"

namespace agon {

/// A thing of the driver that is given back with its holder, whatever the driver answers then.
template <class Handle, auto Destroy>
struct GiveBack {
  const CudaDriver* driver = nullptr;
  void operator()(Handle handle) const { (driver->*Destroy)(handle); }
};
template <class Handle, auto Destroy>
using Held = std::unique_ptr<std::remove_pointer_t<Handle>, GiveBack<Handle, Destroy>>;

using Stream = Held<CUstream, &CudaDriver::stream_destroy>;
using Event = Held<CUevent, &CudaDriver::event_destroy>;
using CapturedGraph = Held<CUgraph, &CudaDriver::graph_destroy>;
using LaunchableGraph = Held<CUgraphExec, &CudaDriver::graph_exec_destroy>;

/// All in the current context. The stream does not wait for the default one; the first kind of
/// event keeps no time.
Stream new_stream(const CudaDriver& driver);
Event new_event(const CudaDriver& driver);
Event new_timed_event(const CudaDriver& driver);

}  // namespace agon
