#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/survival/run_results.h"
#include "tests/survival/scratch.h"
#include "tests/survival/watcher.h"

namespace agon {

/// What one process of a run did.
struct Life {
  Ending ending;
  std::vector<TracedCall> calls;     // those that were counted
  std::optional<std::int64_t> from;  // the step it went on after, once it said so
  std::vector<std::string> problems;
};

/// A run of agon on a disk of its own, whose processes die and whose disk loses what was not
/// flushed. Whatever breaks the promises of a save is a problem, in words.
class KilledRun {
 public:
  /// `training`: what stands behind `agon train`; `name`: of the run; `runs`: below the disk, the
  /// folder of runs, which the disk has or the run has to make.
  KilledRun(std::vector<std::string> training, std::string name, const std::string& runs = "");

  /// Begins the run, or goes on with it, in one process. A problem is: going on from before a save
  /// that was done, and no clean answer where there is nothing to go on with.
  Life live(const Fault& fault = {}, Counted counted = Counted::Changing);
  /// The power is cut; after Loss::Nothing, what was not flushed may still be lost by a later cut.
  void lose(Loss loss, std::uint64_t seed) { unsynced_.lose(loss, seed); }

  /// Lives to the end. A problem is also any other end than success, words on standard error, and
  /// results or files other than those of an untroubled run.
  std::vector<std::string> finish(const RunResults& expected);

  /// The newest run that has begun; "" before it has.
  std::string folder() const;
  /// The last step whose save was done in any process.
  std::int64_t committed() const { return committed_; }

 private:
  void check_answer_without_run(std::vector<std::string>& problems) const;

  Scratch scratch_;
  std::string disk_ = scratch_.folder("disk");
  std::string runs_;
  Unsynced unsynced_{scratch_.folder("attic")};
  std::vector<std::string> training_;
  std::string name_;
  int lives_ = 0;
  std::int64_t committed_ = 0;
};

}  // namespace agon
