#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "tests/survival/small_run.h"

/// A disk that is full or broken, at every call on a run's files: the run ends with a message or
/// does without, and nothing that was saved is lost. With AGON_EXHAUSTIVE set, everything is tried.
namespace agon {
namespace {

namespace fs = std::filesystem;

constexpr int kNoInput = 66;
constexpr int kCannotCreate = 73;
constexpr int kIo = 74;

/// The name that a message gives a file: its own, without what marks it as temporary.
std::string said_name(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  // the lock of a run is the run's own, to whoever reads of it
  if (name == ".held") return fs::path(path).parent_path().filename().string();
  return name.substr(0, name.find(".tmp-"));
}

/// Whether temporary files may stay when the call fails: it is one of those that remove them.
bool may_leave(const TracedCall& call) {
  return call.kind == CallKind::Unlink || call.kind == CallKind::RemoveFolder ||
         (call.kind == CallKind::Open && (call.flags & O_DIRECTORY) != 0);
}

/// Whether nothing was written yet, so that what the process reads is what it was given.
bool reads_input(const std::vector<TracedCall>& calls, std::size_t number) {
  return !changes_files(calls[number - 1]) &&
         std::none_of(calls.begin(), calls.begin() + static_cast<long>(number),
                      [](const TracedCall& c) { return c.kind == CallKind::MakeFolder; });
}

/// What there is to complain of in the end of a process that `fault` befell.
std::vector<std::string> complaints(const Life& life, const Fault& fault) {
  std::vector<std::string> problems;
  const Ending& ending = life.ending;
  if (ending.code == 0) return problems;
  const bool may_lack_input = reads_input(life.calls, fault.call) && ending.code == kNoInput;
  if (ending.code != kIo && ending.code != kCannotCreate && !may_lack_input)
    problems.push_back("ended with signal " + std::to_string(ending.signal) + ", exit " +
                       std::to_string(ending.code));
  // of a lasting fault, the process may do without the first call
  const std::size_t last = fault.lasting ? life.calls.size() : fault.call;
  bool named = false;
  for (std::size_t i = fault.call; i <= last; ++i)
    named |= ending.err.find(said_name(life.calls[i - 1].path)) != std::string::npos;
  if (!named) problems.emplace_back("the message does not name the file");
  if (ending.err.find(std::strerror(fault.reason)) == std::string::npos)
    problems.emplace_back("the message does not give the reason");
  if (!problems.empty()) problems.push_back("it says: " + ending.err);
  return problems;
}

/// What a call is tried with: all that it can fail with, or one of that.
std::vector<Fault> faults_of(const TracedCall& call, std::size_t number) {
  std::vector<Fault> faults;
  const auto fail = [&](int reason, bool lasting) {
    if (can_fail_with(call, reason))
      faults.push_back({Fault::What::Error, number, reason, lasting});
  };
  if (call.kind == CallKind::Write && call.size > 1) faults.push_back({Fault::What::Short, number});
  fail(EIO, false);
  fail(ENOSPC, true);
  fail(ENOSPC, false);
  fail(EDQUOT, false);
  fail(EMFILE, false);
  if (is_exhaustive()) return faults;
  return {faults[number * 2654435761u / 65536 % faults.size()]};
}

class Faults : public testing::Test {
 protected:
  void SetUp() override {
    if (!no_tracing().empty()) GTEST_SKIP() << no_tracing();
  }

  /// Lives with the fault, loses power and lives on.
  static std::vector<std::string> problems_with(SmallRun& run, const Fault& fault,
                                                const RunResults& expected) {
    const auto before = leftovers_in(run.folder());
    const Life life = run.live(fault, Counted::All);
    if (life.calls.size() < fault.call) return {"the call was not made"};
    std::vector<std::string> problems = complaints(life, fault);
    const TracedCall& call = life.calls[fault.call - 1];
    // a checkpoint that cannot be read is passed over, if this is said
    const bool is_passed_over = reads_input(life.calls, fault.call) &&
                                life.ending.err.starts_with("warning " + call.path + ": ");
    if (!is_passed_over)
      problems.insert(problems.end(), life.problems.begin(), life.problems.end());
    if (life.ending.code == 0) {
      for (const std::string& name : differing(results_of(run.folder()), expected))
        problems.push_back(name + " differs at once");
    } else if (!may_leave(call)) {
      for (const std::string& name : leftovers_in(run.folder())) {
        if (std::ranges::find(before, name) == before.end())
          problems.push_back(name + " is left over at once");
      }
    }
    run.lose(tried_losses(fault.call).front(), fault.call);
    for (const std::string& problem : run.finish(expected)) {
      if (!problem.ends_with("is left over") || !may_leave(call)) problems.push_back(problem);
    }
    return problems;
  }
};

TEST_F(Faults, ARunEndsWithAMessageOrDoesWithoutAndGoesOnAfterwards) {
  const Untroubled whole = untroubled({}, Counted::All);
  std::size_t points = 0;
  for (const std::size_t number : tried(whole.calls.size(), 11)) {
    for (const Fault& fault : faults_of(whole.calls[number - 1], number)) {
      SmallRun run;
      EXPECT_EQ(in_lines(problems_with(run, fault, whole.results)), "")
          << to_text(fault) << ", " << to_text(whole.calls[number - 1]);
      ++points;
    }
  }
  report_tried("faults", points);
}

TEST_F(Faults, SoDoesARunThatGoesOn) {
  const Untroubled whole = untroubled();
  const Fault kill{.what = Fault::What::Kill, .call = whole.calls.size() - 50};
  SmallRun first;
  first.live(kill);
  const std::vector<TracedCall> calls = first.live({}, Counted::All).calls;
  std::size_t points = 0;
  for (const std::size_t number : tried(calls.size(), 11)) {
    for (const Fault& fault : faults_of(calls[number - 1], number)) {
      SmallRun run;
      run.live(kill);
      EXPECT_EQ(in_lines(problems_with(run, fault, whole.results)), "")
          << to_text(fault) << ", " << to_text(calls[number - 1]);
      ++points;
    }
  }
  report_tried("faults", points);
}

/// Numbers of the calls with which the run saves after step 2, which is not its last.
std::vector<std::size_t> calls_of_first_save(const std::vector<TracedCall>& calls) {
  std::vector<std::size_t> numbers;
  for (std::size_t n = 1; n <= calls.size(); ++n) {
    const TracedCall& call = calls[n - 1];
    const bool ends = call.kind == CallKind::Flush && call.path.ends_with("/checkpoints");
    if (ends || call.path.find("/checkpoints/step-2") != std::string::npos ||
        (call.kind == CallKind::Flush && call.path.ends_with(".jsonl")))
      numbers.push_back(n);
    if (ends) break;
  }
  return numbers;
}

const std::string kContinue = "checkpoint.on_error=continue";

TEST_F(Faults, TrainingGoesOnPastAFailedSaveWhereTheFileSaysSo) {
  const Untroubled whole = untroubled({kContinue});
  const auto save = calls_of_first_save(whole.calls);
  ASSERT_GT(save.size(), 20u);
  std::size_t points = 0;
  for (const std::size_t i : tried(save.size(), 5)) {
    const TracedCall& call = whole.calls[save[i - 1] - 1];
    for (const int reason : {EIO, ENOSPC}) {
      if (!can_fail_with(call, reason)) continue;
      SmallRun run({kContinue});
      const Life life =
          run.live({.what = Fault::What::Error, .call = save[i - 1], .reason = reason});
      EXPECT_EQ(life.ending.code, 0) << to_text(call) << life.ending.err;
      EXPECT_TRUE(life.ending.err.starts_with("warning not saved after step 2: "))
          << to_text(call) << life.ending.err;
      EXPECT_NE(life.ending.err.find(std::strerror(reason)), std::string::npos) << life.ending.err;
      EXPECT_EQ(differing(results_of(run.folder()), whole.results), std::vector<std::string>())
          << to_text(call);
      EXPECT_EQ(leftovers_in(run.folder()), std::vector<std::string>()) << to_text(call);
      ++points;
    }
  }
  report_tried("faults", points);
}

/// Flushes of the first save that `concerns` takes by their path fail, one in a run; the run goes
/// on, and the power is cut right behind a later save.
template <class Concerns>
void expect_no_trust_in_failed_flushes(const Concerns& concerns) {
  const Untroubled whole = untroubled({kContinue});
  std::vector<int> saves = {1};  // that are done, the failed one not counted
  if (is_exhaustive()) saves = {1, 2};
  std::size_t points = 0;
  for (const std::size_t number : calls_of_first_save(whole.calls)) {
    const TracedCall& call = whole.calls[number - 1];
    if (call.kind != CallKind::Flush || !concerns(call.path)) continue;
    for (const int save : saves) {
      for (const Loss loss : {Loss::Dropped, Loss::Garbled}) {
        SmallRun run({kContinue});
        run.live({.what = Fault::What::Error,
                  .call = number,
                  .reason = EIO,
                  .killed_behind_save = save});
        EXPECT_FALSE(fs::exists(run.folder() + "/checkpoints/step-2")) << to_text(call);
        run.lose(loss, number);
        EXPECT_EQ(in_lines(run.finish(whole.results)), "")
            << to_text(call) << ", killed behind save " << save << ", lost: " << name_of(loss);
        ++points;
      }
    }
  }
  EXPECT_GE(points, 4u);
  report_tried("faults", points);
}

/// A flush that failed is no flush, whatever a later one says: see Unsynced.
TEST_F(Faults, ASaveWhoseFlushFailedIsNotTakenForSaved) {
  expect_no_trust_in_failed_flushes(
      [](const std::string& path) { return path.find("/checkpoints") != std::string::npos; });
}

TEST_F(Faults, RowsWhoseFlushFailedAreNotTakenForWritten) {
  expect_no_trust_in_failed_flushes(
      [](const std::string& path) { return path.ends_with(".jsonl"); });
}

}  // namespace
}  // namespace agon
