#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "engine/runtime/accelerator.h"
#include "engine/runtime/cuda/context.h"
#include "engine/runtime/cuda/handles.h"

namespace agon {

/// Makes graphs of what is put into queues: streams in which the driver notes down instead of doing
/// it. The graphs are launched in `stream`, which must outlive them, as must the context.
class Recorder {
 public:
  Recorder(const CudaContext& context, CUstream stream);
  /// Accelerator::record. After a failure of any kind the next recording begins anew.
  std::unique_ptr<Recording> record(int queues, const std::function<void(Queues&)>& put);

 private:
  CapturedGraph capture(int queues, const std::function<void(Queues&)>& put);

  const CudaContext& context_;
  CUstream stream_;
  std::vector<Stream> streams_;
  Event point_;  // what is between two streams; used again for each order
};

}  // namespace agon
