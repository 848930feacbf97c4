#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/survival/traced_call.h"

namespace agon {

/// What becomes of a system call.
struct Verdict {
  enum class What {
    GoOn,
    Kill,     // SIGKILL to the whole program before the call is made
    Answer,   // the call is not made and returns -reason; a flush may be answered with 0
    Shorten,  // half the bytes of a write or pwrite64 of more than one
  };
  What what = What::GoOn;
  int reason = 0;  // an errno
};

/// Sees the calls of a traced program on the watched folder and what is below it, one at a time.
class CallObserver {
 public:
  virtual ~CallObserver() = default;
  virtual Verdict before(const TracedCall& call) = 0;
  /// After a call that was made or answered: what it returned, -errno for a failure.
  virtual void after(const TracedCall& call, std::int64_t result) = 0;
};

/// How a program ended, and what it wrote to its standard streams.
struct Ending {
  int code = -1;   // of its exit; -1 if a signal ended it
  int signal = 0;  // that ended it
  std::string out, err;
};

/// Why programs cannot be traced here; empty where they can. Asked once.
const std::string& no_tracing();

/// Runs `subject` in a child process, with all its threads and children, until it ends; `subject`
/// may execute a program. Standard input is empty. Only file calls below `folder` (absolute,
/// without links) reach the observer; the program runs freely between file calls. Linux on x86-64
/// alone. Throws std::runtime_error where tracing is not possible, and for a system call that
/// changes files below `folder` in a way that TracedCall has no word for (io_uring alone goes
/// unseen).
Ending trace(const std::function<void()>& subject, const std::string& folder,
             CallObserver& observer);

/// For `subject`: becomes another program, arguments[0].
[[noreturn]] void execute(std::vector<std::string> arguments);

}  // namespace agon
