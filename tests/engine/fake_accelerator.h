#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/philox.h"
#include "engine/runtime/accelerator.h"
#include "tests/engine/checked_memory.h"

namespace agon {

/// Work of a fake accelerator, and the shared memory it uses.
struct FakeWork {
  std::function<void()> run;
  std::vector<const void*> shared;
  std::vector<std::size_t> after = {};  // earlier work of the same recording
};

/// What a kernel of the fake accelerator finds in KernelCall::queue.
class FakeQueue {
 public:
  explicit FakeQueue(std::vector<FakeWork>& all) : all_(all) {}
  void put(FakeWork work);
  /// What is put from now on comes after what was put there.
  void wait_for(const FakeQueue& other);

 private:
  std::vector<FakeWork>& all_;
  std::vector<std::size_t> last_;  // what the next work comes after
};

/// An accelerator that is this process. Launched work is done when it has to be or any time before,
/// in any order that its queues allow, as drawn from the seed; what is brought arrives at once or
/// behind what was launched before.
class FakeAccelerator final : public Accelerator {
 public:
  enum class Pace { AtOnce, AsLateAsPossible, Drawn };
  FakeAccelerator(std::uint64_t seed, Pace pace);
  ~FakeAccelerator() override;

  std::string name() const override { return "fake:0"; }
  std::vector<std::pair<std::string, std::string>> facts() const override { return {}; }
  std::size_t memory_bytes() const override { return std::size_t{1} << 30; }
  MemorySource& memory(MemoryKind kind) override { return memory_.source(kind); }
  void load() override { ++loads_; }
  std::unique_ptr<Recording> record(int queues, const std::function<void(Queues&)>& put) override;
  void run(const std::function<void(void* queue)>& put) override;
  void bring(void* to, const void* from, std::size_t bytes) override;
  void start_clock() override;
  void copy_to_host(void* to, const void* from, std::size_t bytes) override;
  void copy_to_device(void* to, const void* from, std::size_t bytes) override;

  CheckedMemory& checked() { return memory_; }
  int loads() const { return loads_; }
  int recordings() const { return recordings_; }
  /// Whether launched work is not done.
  bool is_busy() const { return !pending_.empty(); }
  /// Most launches that were not done at one time.
  std::size_t most_pending() const { return most_pending_; }

 private:
  class Recorded;
  struct Bringing {
    void* to;
    const void* from;
    std::size_t bytes;
  };
  struct Pending {
    Recorded* recording;
    std::vector<Bringing> before;
  };
  void launch(Recorded& recording);
  void finish(const Recorded* last);
  void finish_first();
  void replay(const std::vector<FakeWork>& work);
  void carry_out(std::vector<Bringing>& bringings);

  CheckedMemory memory_;
  RandomStream random_;
  Pace pace_;
  std::deque<Pending> pending_;
  std::vector<Bringing> brought_;  // since the last launch, and not there yet
  std::size_t most_pending_ = 0;
  std::int64_t clock_ = 0;  // nanoseconds of the steady clock
  int loads_ = 0;
  int recordings_ = 0;
};

}  // namespace agon
