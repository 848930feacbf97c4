#pragma once
#include <cstdint>
#include <memory>

namespace agon {

/// A fixed number of logical lanes in which every primitive is created and every step runs. oneDNN
/// splits work by this number and not by the processors there are, so equal lanes give equal bits
/// on one core and on many.
class Lanes {
 public:
  /// At least 1. The first Lanes made also sets the process-wide limit of TBB workers to its count.
  explicit Lanes(int count);
  ~Lanes();
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  int count() const { return count_; }
  /// Online processors of the machine, whatever the affinity or quota.
  static int automatic();

  /// Runs `work` inside the arena and waits for it.
  template <class Work>
  void run(Work&& work) {
    run_erased([](void* w) { (*static_cast<std::remove_reference_t<Work>*>(w))(); }, &work);
  }

 private:
  void run_erased(void (*call)(void*), void* work);

  struct Arena;
  int count_;
  std::unique_ptr<Arena> arena_;
};

/// Lanes of the arena this is called in, and which of them, from 0, the caller is: no two that run
/// at once are the same, so a lane's memory is its own until its piece of work ends.
int lane_count();
int current_lane();

/// Splits [0, count) into pieces of `grain` (the last may be shorter), by size alone, and calls
/// body(begin, end) for each, several at once. Fewer than two pieces run in place. Call inside
/// Lanes::run.
void parallel_for_erased(std::int64_t count, std::int64_t grain,
                         void (*call)(void*, std::int64_t, std::int64_t), void* body);

template <class Body>
void parallel_for(std::int64_t count, std::int64_t grain, Body&& body) {
  parallel_for_erased(
      count, grain,
      [](void* b, std::int64_t begin, std::int64_t end) {
        (*static_cast<std::remove_reference_t<Body>*>(b))(begin, end);
      },
      &body);
}

}  // namespace agon
