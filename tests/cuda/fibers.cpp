#include "tests/cuda/fibers.h"

#include <fmt/format.h>
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

#include <cstdlib>
#include <memory>
#include <vector>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace agon::emulation {

namespace {

constexpr std::size_t kStack = std::size_t{64} << 10;
constexpr std::size_t kPage = 4096;

#if defined(__x86_64__)
// swapcontext asks the kernel for the signal mask at each change; this changes registers only.
extern "C" void agon_switch_stack(void** from, void* to);
asm(R"(
.text
.type agon_switch_stack, @function
agon_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size agon_switch_stack, .-agon_switch_stack
)");

/// Where code stands, so that it can be gone on with.
class Standing {
 public:
  void begin(std::byte* stack, void (*main)()) {
    auto* top = reinterpret_cast<void**>(stack + kStack);
    *--top = nullptr;  // keeps the stack as a call would leave it: 8 off a multiple of 16
    *--top = reinterpret_cast<void*>(main);
    for (int saved = 0; saved < 6; ++saved) *--top = nullptr;
    at_ = top;
  }
  void change_to(Standing& other) { agon_switch_stack(&at_, other.at_); }

 private:
  void* at_ = nullptr;
};
#else
class Standing {
 public:
  void begin(std::byte* stack, void (*main)()) {
    getcontext(&at_);
    at_.uc_stack.ss_sp = stack;
    at_.uc_stack.ss_size = kStack;
    at_.uc_link = nullptr;
    makecontext(&at_, main, 0);
  }
  void change_to(Standing& other) { swapcontext(&at_, &other.at_); }

 private:
  ucontext_t at_{};
};
#endif

/// A stack on which threads of the block run one after another until one has to wait.
struct Fiber {
  Standing standing;
  std::byte* stack = nullptr;
};

struct Block {
  int threads = 0;
  bool downwards = false;
  const std::function<void(int)>* thread = nullptr;
  int begun = 0, ended = 0;
  Standing scheduler;
  Fiber* running = nullptr;
  bool waits = false;  // whether `running` came back because its thread waits
  std::string wrong;
};
thread_local Block* current = nullptr;

/// Stacks are kept for the next block; below each lies a page that nothing may touch.
class Fibers {
 public:
  Fiber& at(std::size_t number) {
    while (fibers_.size() <= number) {
      void* memory = mmap(nullptr, kStack + kPage, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (memory == MAP_FAILED || mprotect(memory, kPage, PROT_NONE) != 0) std::abort();
      fibers_.push_back(std::make_unique<Fiber>());
      fibers_.back()->stack = static_cast<std::byte*>(memory) + kPage;
    }
    return *fibers_[number];
  }
  ~Fibers() {
    for (const auto& fiber : fibers_) munmap(fiber->stack - kPage, kStack + kPage);
  }

 private:
  std::vector<std::unique_ptr<Fiber>> fibers_;
};
thread_local Fibers fibers;

void back_to_scheduler() {
  current->running->standing.change_to(current->scheduler);
}

__attribute__((no_sanitize("thread"))) void fiber_main() {
  for (;;) {
    while (current->begun < current->threads) {
      const int number = current->begun++;
      (*current->thread)(current->downwards ? current->threads - 1 - number : number);
      ++current->ended;
    }
    current->waits = false;
    back_to_scheduler();
  }
}

/// Until the fiber waits (true) or has nothing more to do.
__attribute__((no_sanitize("thread"))) bool go_on(Block& block, Fiber& fiber) {
  block.running = &fiber;
  block.waits = false;
  block.scheduler.change_to(fiber.standing);
  return block.waits;
}

}  // namespace

std::string run_block(int threads, bool downwards, const std::function<void(int)>& thread) {
  Block block;
  block.threads = threads;
  block.downwards = downwards;
  block.thread = &thread;
  current = &block;
  std::vector<Fiber*> waiting;
  while (block.begun < threads && block.wrong.empty()) {
    Fiber& fiber = fibers.at(waiting.size());
    // a thread that failed left frames behind that never ended
    ASAN_UNPOISON_MEMORY_REGION(fiber.stack, kStack);
    fiber.standing.begin(fiber.stack, fiber_main);
    if (go_on(block, fiber)) waiting.push_back(&fiber);
  }
  while (!waiting.empty() && block.wrong.empty()) {
    if (block.ended > 0) {
      block.wrong =
          fmt::format("{} threads of a block of {} ended where {} wait in __syncthreads()",
                      block.ended, threads, waiting.size());
      break;
    }
    std::vector<Fiber*> still;
    for (Fiber* fiber : waiting) {
      if (go_on(block, *fiber)) still.push_back(fiber);
      if (!block.wrong.empty()) break;
    }
    waiting = std::move(still);
  }
  current = nullptr;
  return block.wrong;
}

__attribute__((no_sanitize("thread"))) void wait_for_block() {
  current->waits = true;
  back_to_scheduler();
}

void fail_thread(const char* reason, unsigned line) {
  current->wrong = fmt::format("{} (line {} of the source)", reason, line);
  current->waits = false;
  for (;;) back_to_scheduler();
}

}  // namespace agon::emulation
