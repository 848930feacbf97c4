#include <gtest/gtest.h>

#include "runners/runs/series.h"
#include "tests/runners/scratch_folder.h"
#include "tests/sound_experiment.h"

/// Whoever watches a training changes nothing in it: the last weights are the same for any cadence
/// of sampling, logging, evaluation, checkpoints, looks at its health and profiling.
namespace agon {
namespace {

std::string watched_gan() {
  return tiny_picture_gan() + R"(train: {steps: 60, batch: 8, log: {every: 60}}
sample: {every: 60, image: fake, grid: 2x3}
evaluate:
  every: 60
  on: test
  count: 30
  batch: 16
  fake: fake
  real: data.image
  metrics: [losses, sliced_wasserstein]
checkpoint: {every: 60}
health: {every: 60}
)";
}

TEST(Observers, ChangeNothing) {
  const ScratchFolder folder;
  write_text(folder / "t.yaml", watched_gan());
  const std::vector<std::vector<std::string>> all = {
      {},
      {"--set", "sample.every=1"},
      {"--set", "train.log.every=1"},
      {"--set", "evaluate.every=7"},
      {"--set", "checkpoint.every=5"},
      {"--set", "health.every=3"},
      {"--set", "health.every=61"},
      {"--profile"},
      {"--set", "sample.every=7", "--set", "train.log.every=3", "--set", "evaluate.every=10",
       "--set", "checkpoint.every=11", "--set", "health.every=10"},
  };
  std::string expected;
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<std::string> arguments = {"train", folder / "t.yaml", "--runs", folder / "runs"};
    arguments.insert(arguments.end(), all[i].begin(), all[i].end());
    const CommandResult result = run_agon(arguments);
    ASSERT_EQ(result.code, 0) << result.err;
    const std::string run = folder / ("runs/tiny/000" + std::to_string(i + 1));
    const SeriesRow last = series_rows(run + "/metrics.jsonl", 60).back();
    ASSERT_EQ(last.step, 60);
    ASSERT_FALSE(last.fingerprint.empty());
    if (i == 0) expected = last.fingerprint;
    EXPECT_EQ(last.fingerprint, expected) << testing::PrintToString(all[i]);
  }
}

}  // namespace
}  // namespace agon
