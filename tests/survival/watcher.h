#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tests/survival/traced_program.h"
#include "tests/survival/unsynced.h"

namespace agon {

/// One thing that goes wrong at one of a program's calls.
struct Fault {
  enum class What {
    None,
    Kill,
    Error,  // the call fails with `reason`
    Short,  // a write of half its bytes
    Lie,    // a flush reports success and was none
  };
  What what = What::None;
  std::size_t call = 0;        // which, from 1, of those that are counted
  int reason = 0;              // an errno
  bool lasting = false;        // an error: so fails every later call that can fail with the reason
  int killed_behind_save = 0;  // besides, a kill right behind this save, from 1, of the process
};
std::string to_text(const Fault& fault);

/// Whether the manual gives the call this errno.
bool can_fail_with(const TracedCall& call, int reason);

/// Which calls of a program are counted. Changing ones without those on the log, where lines come
/// by time: their numbers are the same on a slow machine and on a fast one.
enum class Counted { Changing, All };

/// Watches one process of a run: brings a fault about, keeps the model of what is not flushed, and
/// notes which saves are done. Flushes are answered without the disk; they are the model's alone.
class Watcher : public CallObserver {
 public:
  Watcher(Unsynced& unsynced, Counted counted, const Fault& fault)
      : unsynced_(unsynced), counted_(counted), fault_(fault) {}

  Verdict before(const TracedCall& call) override;
  void after(const TracedCall& call, std::int64_t result) override;

  /// The calls that were counted.
  const std::vector<TracedCall>& calls() const { return calls_; }
  /// The step of the last checkpoint that had its name, and whose folder was flushed after that; 0
  /// before the first.
  std::int64_t committed() const { return committed_; }

 private:
  bool counts(const TracedCall& call) const;
  bool is_at_fault(const TracedCall& call) const;

  Unsynced& unsynced_;
  Counted counted_;
  Fault fault_;
  std::vector<TracedCall> calls_;
  bool lying_ = false;
  int saves_ = 0;
  std::int64_t named_ = 0;
  std::int64_t committed_ = 0;
};

}  // namespace agon
