#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime/memory.h"

namespace agon {

/// Queues that work is put into while it is recorded. The work of one is done in order; several are
/// worked off side by side.
class Queues {
 public:
  virtual ~Queues() = default;
  /// What a kernel finds in KernelCall::queue.
  virtual void* queue(int number) = 0;
  /// What `later` is given from now on begins after what `earlier` was given up to now.
  virtual void order(int earlier, int later) = 0;
  /// Notes each time when what the queue was given up to now is done. Numbers are the recording's
  /// own, each used once.
  virtual void mark(int queue, std::size_t number) = 0;
};

/// Work recorded once and done again and again, as one.
class Recording {
 public:
  virtual ~Recording() = default;
  /// Begins after everything launched before it on the same accelerator; returns at once.
  virtual void launch() = 0;
  /// Until the last launch is done. Throws Error(Unavailable) where the device was lost.
  virtual void wait() = 0;
  /// When the mark was passed in the last launch, which must be done: nanoseconds since
  /// Accelerator::start_clock.
  virtual std::int64_t marked(std::size_t number) = 0;
};

/// A device beside the processors, with memory of its own. One thread uses it at a time.
class Accelerator {
 public:
  virtual ~Accelerator() = default;
  /// "cuda:0"
  virtual std::string name() const = 0;
  /// What results may hang on, for locks and reports: {"model", "NVIDIA H100 80GB HBM3"},
  /// {"architecture", "sm_90"}, {"driver", "13.0"}, libraries with their versions.
  virtual std::vector<std::pair<std::string, std::string>> facts() const = 0;
  /// Bytes of memory of its own, all together.
  virtual std::size_t memory_bytes() const = 0;
  virtual MemorySource& memory(MemoryKind kind) = 0;

  /// Makes ready what the kernels prepared so far need before they run (compiles their code).
  virtual void load() = 0;
  /// Calls `put` once with `queues` queues; all of them begin after the first one does, and end
  /// before it.
  virtual std::unique_ptr<Recording> record(int queues,
                                            const std::function<void(Queues&)>& put) = 0;
  /// Does what `put` puts into a queue, and waits for it.
  virtual void run(const std::function<void(void* queue)>& put) = 0;
  /// Begins to copy to memory of the device's own from MemoryKind::Staged, beside what was launched
  /// before, which must not use `to`; what is launched or run later begins after it. Returns at
  /// once.
  virtual void bring(void* to, const void* from, std::size_t bytes) = 0;
  /// Waits for everything before it; times of marks are counted from its return.
  virtual void start_clock() = 0;
  /// Waits for everything before it.
  virtual void copy_to_host(void* to, const void* from, std::size_t bytes) = 0;
  virtual void copy_to_device(void* to, const void* from, std::size_t bytes) = 0;
};

}  // namespace agon
