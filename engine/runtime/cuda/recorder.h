#pragma once
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "engine/runtime/accelerator.h"
#include "engine/runtime/cuda/context.h"
#include "engine/runtime/cuda/handles.h"

namespace agon {

/// Makes graphs of what is put into queues: streams in which the driver notes down instead of doing
/// it. The graphs are launched in `stream`, which must outlive them, as must the context and
/// `clock`, an event from which the times of marks are counted.
class Recorder {
 public:
  using Marks = std::map<std::size_t, Event>;

  Recorder(const CudaContext& context, CUstream stream, CUevent clock);
  /// Accelerator::record. After a failure of any kind the next recording begins anew.
  std::unique_ptr<Recording> record(int queues, const std::function<void(Queues&)>& put);

 private:
  CapturedGraph capture(int queues, const std::function<void(Queues&)>& put, Marks& marks);

  const CudaContext& context_;
  CUstream stream_;
  CUevent clock_;
  std::vector<Stream> streams_;
  Event point_;  // what is between two streams; used again for each order
};

}  // namespace agon
