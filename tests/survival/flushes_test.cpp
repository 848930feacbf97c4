#include <gtest/gtest.h>

#include "tests/survival/small_run.h"

/// Every flush of a run is there for something: a run that leaves it out is found out by the tests
/// of this folder. So they would find a flush that is forgotten.
namespace agon {
namespace {

bool ends_save(const TracedCall& call) {
  return call.kind == CallKind::Flush && call.path.ends_with("/checkpoints");
}

/// Whether nothing is lost for ever without the flush at place `at`: it comes again before the next
/// save is done, or what it is for is written anew by whoever goes on.
bool is_spare(const std::vector<TracedCall>& calls, std::size_t at) {
  const std::string& path = calls[at].path;
  const bool is_of_metrics_spec = path.find("/metrics-spec.json") != std::string::npos ||
                                  (at > 0 && calls[at - 1].other.ends_with("/metrics-spec.json"));
  if (is_of_metrics_spec) return true;
  for (std::size_t i = at; !ends_save(calls[i]); ++i) {
    if (calls[i + 1].kind == CallKind::Flush && calls[i + 1].path == path) return true;
  }
  return false;
}

/// What is wrong with a run that leaves out the flush at place `at` and loses power right behind
/// the save, counted from 1, that it was for.
std::vector<std::string> problems_without(std::size_t at, int save, Loss loss,
                                          const RunResults& expected) {
  SmallRun run;
  run.live({.what = Fault::What::Lie, .call = at + 1, .killed_behind_save = save});
  run.lose(loss, at);
  return run.finish(expected);
}

TEST(Flushes, WithoutAnyOneOfThemARunDoesNotSurviveAPowerCut) {
  if (!no_tracing().empty()) GTEST_SKIP() << no_tracing();
  const Untroubled whole = untroubled();
  std::size_t needed = 0;
  std::size_t points = 0;
  int saves = 0;
  for (std::size_t at = 0; at < whole.calls.size() && saves < 3; ++at) {
    const TracedCall& call = whole.calls[at];
    const int save = saves + 1;
    if (ends_save(call)) ++saves;
    if (call.kind != CallKind::Flush || is_spare(whole.calls, at)) continue;
    if (needed++ % 4 != 0 && !is_exhaustive()) continue;
    ++points;
    const bool missed = !problems_without(at, save, Loss::Dropped, whole.results).empty() ||
                        !problems_without(at, save, Loss::Garbled, whole.results).empty();
    EXPECT_TRUE(missed) << "call " << at + 1 << ", " << to_text(call) << ": nobody misses it";
  }
  EXPECT_GT(needed, 20u);
  report_tried("flushes", points);
}

}  // namespace
}  // namespace agon
