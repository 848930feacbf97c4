#include "engine/runtime/cpu/lanes.h"

#include <fmt/format.h>
#include <pmmintrin.h>
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <algorithm>
#include <mutex>

#include "engine/base/error.h"
#include "engine/runtime/cpu/handover.h"

namespace agon {

namespace {

/// Keeps TBB's process-wide limit at the largest number of lanes asked for. It must exist before
/// the first arena: TBB would else warn on stderr about lanes beyond the processors there are.
void allow_workers(int lanes) {
  static std::mutex mutex;
  static std::unique_ptr<tbb::global_control> control;
  static int allowed = 0;
  const std::lock_guard lock(mutex);
  const int wanted = std::max(lanes, tbb::info::default_concurrency());
  if (wanted <= allowed) return;
  control.reset();  // the smallest living limit counts, so the old one goes first
  control = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                  static_cast<std::size_t>(wanted));
  allowed = wanted;
}

/// Subnormals read and written as zero while it lives.
class FlushToZero {
 public:
  FlushToZero() : before_(_mm_getcsr()) {
    _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
    _MM_SET_DENORMALS_ZERO_MODE(_MM_DENORMALS_ZERO_ON);
  }
  ~FlushToZero() { _mm_setcsr(before_); }
  FlushToZero(const FlushToZero&) = delete;
  FlushToZero& operator=(const FlushToZero&) = delete;

 private:
  unsigned before_;
};

}  // namespace

struct Lanes::Arena {
  tbb::task_arena arena;
  explicit Arena(int count) : arena(count) {
    // an arena hands the floating-point settings of its maker to every task it runs
    const FlushToZero flush;
    arena.initialize();
  }
};

Lanes::Lanes(int count) : count_(count) {
  if (count < 1) throw InternalError(fmt::format("lanes: expected at least 1, got {}", count));
  allow_workers(count);
  arena_ = std::make_unique<Arena>(count);
}

Lanes::~Lanes() = default;

int Lanes::automatic() {
  return static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

void Lanes::run_erased(void (*call)(void*), void* work) {
  Handover there, back;
  there.give();
  arena_->arena.execute([&] {
    there.take();
    const FlushToZero flush;
    call(work);
    back.give();
  });
  back.take();
}

int lane_count() {
  return tbb::this_task_arena::max_concurrency();
}

int current_lane() {
  return tbb::this_task_arena::current_thread_index();
}

void parallel_for_erased(std::int64_t count, std::int64_t grain,
                         void (*call)(void*, std::int64_t, std::int64_t), void* body) {
  if (count <= 0) return;
  const std::int64_t step = std::max<std::int64_t>(grain, 1);
  const std::int64_t pieces = (count - 1) / step + 1;
  if (pieces < 2) return call(body, 0, count);
  Handover there, back;
  there.give();
  tbb::parallel_for(
      tbb::blocked_range<std::int64_t>(0, pieces, 1),
      [&](const tbb::blocked_range<std::int64_t>& range) {
        there.take();
        for (std::int64_t piece = range.begin(); piece != range.end(); ++piece)
          call(body, piece * step, std::min(count, (piece + 1) * step));
        back.give();
      },
      tbb::simple_partitioner());
  back.take();
}

}  // namespace agon
