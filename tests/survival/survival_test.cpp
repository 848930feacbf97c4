#include <gtest/gtest.h>

#include <csignal>

#include "tests/survival/small_run.h"

/// A run survives a kill or a power cut at every system call that changes its files. With
/// AGON_EXHAUSTIVE set, every call and every kind of loss is tried; else some of both.
namespace agon {
namespace {

Fault kill_at(std::size_t call) {
  return {.what = Fault::What::Kill, .call = call};
}

class Survival : public testing::Test {
 protected:
  void SetUp() override {
    if (!no_tracing().empty()) GTEST_SKIP() << no_tracing();
    whole_ = untroubled();
    ASSERT_GT(whole_.calls.size(), 100u);
  }

  std::string place(std::size_t call, Loss loss) const {
    return "killed at call " + std::to_string(call) + " of " + std::to_string(whole_.calls.size()) +
           ", " + to_text(whole_.calls[call - 1]) + ", lost: " + name_of(loss);
  }

  Untroubled whole_;
};

TEST_F(Survival, TheSameRunTwiceIsTheSame) {
  const Untroubled second = untroubled();
  EXPECT_EQ(differing(second.results, whole_.results), std::vector<std::string>());
  EXPECT_EQ(second.calls.size(), whole_.calls.size());
}

TEST_F(Survival, ARunGoesOnAfterAKillAtAnyCall) {
  std::size_t points = 0;
  for (const std::size_t call : tried(whole_.calls.size(), 7)) {
    for (const Loss loss : tried_losses(call)) {
      SmallRun run;
      const Life killed = run.live(kill_at(call));
      ASSERT_EQ(killed.ending.signal, SIGKILL) << place(call, loss);
      run.lose(loss, call);
      EXPECT_EQ(in_lines(run.finish(whole_.results)), "") << place(call, loss);
      ++points;
    }
  }
  report_tried("kills", points);
}

TEST_F(Survival, ARunGoesOnAfterASecondKillWhileItGoesOn) {
  std::size_t points = 0;
  std::size_t seed = 0;
  for (std::size_t first = 11; first <= whole_.calls.size(); first += is_exhaustive() ? 15 : 60) {
    std::size_t calls = whole_.calls.size();  // of the second life, known once it was lived
    for (std::size_t second = 1; second <= calls; second += is_exhaustive() ? 1 : 29) {
      SmallRun run;
      const Loss loss = kLosses[++seed % kLosses.size()];
      run.live(kill_at(first));
      run.lose(loss, seed);
      const Life again = run.live(kill_at(second));
      if (again.ending.signal == 0) calls = again.calls.size();
      const Loss more = kLosses[seed / kLosses.size() % kLosses.size()];
      run.lose(more, seed);
      std::vector<std::string> problems = again.problems;
      for (const std::string& problem : run.finish(whole_.results)) problems.push_back(problem);
      EXPECT_EQ(in_lines(problems), "")
          << place(first, loss) << "; then at call " << second << ", lost: " << name_of(more);
      ++points;
    }
  }
  report_tried("second_kills", points);
}

TEST_F(Survival, AFirstRunIsSafeInAFolderOfRunsThatItHadToMake) {
  for (const char* runs : {"/runs", "/one/two"}) {
    SmallRun run({}, runs);
    run.live({.killed_behind_save = 1});
    EXPECT_EQ(run.committed(), 2);
    run.lose(Loss::Dropped, 1);
    EXPECT_EQ(in_lines(run.finish(whole_.results)), "") << runs;
  }
}

/// A process may build on what an earlier one wrote and was killed before it flushed it.
TEST_F(Survival, ASaveIsSafeThoughAnEarlierProcessDidNotFlushWhatItStandsOn) {
  std::size_t points = 0;
  std::size_t flushes = 0;
  for (std::size_t first = 1; first <= whole_.calls.size(); ++first) {
    // most is not flushed right before a flush
    const bool flushes_now = whole_.calls[first - 1].kind == CallKind::Flush;
    if (!is_exhaustive() && (!flushes_now || flushes++ % 3 != 0)) continue;
    SmallRun run;
    run.live(kill_at(first));
    run.lose(Loss::Nothing, 0);
    const Life again = run.live({.killed_behind_save = 1});
    run.lose(Loss::Dropped, first);
    std::vector<std::string> problems = again.problems;
    for (const std::string& problem : run.finish(whole_.results)) problems.push_back(problem);
    EXPECT_EQ(in_lines(problems), "")
        << place(first, Loss::Nothing) << "; then behind the first save, lost: dropped";
    ++points;
  }
  report_tried("second_kills", points);
}

}  // namespace
}  // namespace agon
