#include <gtest/gtest.h>

#include <cstdlib>

#include "runners/runs/series.h"
#include "tests/runners/scratch_folder.h"

/// The key `determinism` of a file.
namespace agon {
namespace {

std::string convolving(const std::string& determinism) {
  return R"(agon: 1
name: t
lanes: 2
data: {source: digits}
networks:
  net:
    input: {x: data.image}
    layers:
      - conv: {filters: 32, kernel: 4, stride: 2, padding: 1}
      - relu
      - conv: {filters: 64, kernel: 4, stride: 2, padding: 1}
      - flatten
      - dense: 10
losses:
  l: cross_entropy(net(data.image), data.label)
optimizers:
  o: {minimize: l, update: net, sgd: {lr: 0.1}}
train: {steps: 4, batch: 64, log: {every: 1}}
determinism: )" +
         determinism + "\n";
}

class Tiers : public testing::Test {
 protected:
  CommandResult run(const std::string& command, const std::string& text) {
    write_text(folder_ / "t.yaml", text);
    std::vector<std::string> arguments = {command, folder_ / "t.yaml"};
    if (command == "train") arguments.insert(arguments.end(), {"--runs", folder_ / "runs"});
    return run_agon(arguments);
  }

  ScratchFolder folder_;
};

TEST_F(Tiers, StrictTakesNoCoarseKernel) {
  EXPECT_NE(run("explain", convolving("run")).out.find("winograd:conv2d"), std::string::npos);
  const CommandResult strict = run("explain", convolving("strict"));
  EXPECT_EQ(strict.code, 0) << strict.err;
  EXPECT_EQ(strict.out.find("winograd:conv2d "), std::string::npos) << strict.out;
}

TEST_F(Tiers, StrictRefusesAnEnvironmentThatChangesBits) {
  setenv("ONEDNN_AGON_TEST", "1", 1);
  const CommandResult strict = run("check", convolving("strict"));
  const CommandResult plain = run("check", convolving("run"));
  unsetenv("ONEDNN_AGON_TEST");
  EXPECT_EQ(strict.code, 78);
  EXPECT_NE(strict.err.find("determinism strict: libraries read ONEDNN_AGON_TEST"),
            std::string::npos)
      << strict.err;
  EXPECT_EQ(plain.code, 0);
}

TEST_F(Tiers, AllTrain) {
  double loss = 0;
  int number = 0;
  for (const std::string tier : {"run", "strict", "fast"}) {
    ASSERT_EQ(run("train", convolving(tier)).code, 0) << tier;
    const std::string rows = folder_ / ("runs/t/000" + std::to_string(++number) + "/metrics.jsonl");
    const SeriesRow last = series_rows(rows, 4).back();
    ASSERT_EQ(last.step, 4);
    if (number == 1) loss = last.measures[0].second;
    EXPECT_NEAR(last.measures[0].second, loss, 1e-3 * loss) << tier;
  }
}

}  // namespace
}  // namespace agon
