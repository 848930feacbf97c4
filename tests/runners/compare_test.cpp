#include <gtest/gtest.h>

#include <filesystem>

#include "tests/runners/scratch_folder.h"

/// Two runs side by side, down to the first step, variable and instruction that differ.
namespace agon {
namespace {

constexpr const char* kConfig = R"yaml(agon: 1
name: small
lanes: 1
data: {source: rings, count: 64}
params: {lr: 0.01}
networks:
  maker: {input: {z: [2]}, layers: [{dense: 3}, relu, {dense: 2}]}
losses: {g: "mse(maker(normal([batch, 2])), data.point)"}
optimizers: {g: {minimize: g, update: maker, adam: {lr: "lr * (1 - 0.5 * (step > late))"}}}
train: {steps: 24, batch: 8, log: {every: 4}}
checkpoint: {every: 6, keep: 9}
)yaml";

class Compare : public testing::Test {
 protected:
  Compare() {
    std::string text = kConfig;
    text.replace(text.find("{lr: 0.01}"), 10, "{lr: 0.01, late: 100}");
    write_text(folder_ / "small.yaml", text);
  }

  CommandResult agon(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--runs", folder_ / "runs"});
    return run_agon(arguments);
  }
  void train(const std::string& name, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"train", folder_ / "small.yaml", "--name", name});
    const CommandResult trained = agon(more);
    ASSERT_EQ(trained.code, 0) << trained.err;
  }

  ScratchFolder folder_;
};

TEST_F(Compare, OfEqualRunsIsIdentical) {
  train("one");
  train("two");
  const CommandResult compared = agon({"compare", "one", "two", "--bits"});
  EXPECT_EQ(compared.code, 0) << compared.out;
  EXPECT_NE(compared.out.find("name: one became two\nidentical ("), std::string::npos)
      << compared.out;
}

TEST_F(Compare, FindsTheStepBetweenRowsWhereRunsPart) {
  train("one");
  train("two", {"--set", "late=13"});
  const CommandResult compared = agon({"compare", "one", "two", "--bits"});
  EXPECT_EQ(compared.code, 65);
  EXPECT_NE(compared.out.find("params.late: 100 became 13"), std::string::npos) << compared.out;
  EXPECT_NE(compared.out.find("step 15: maker.dense1.weight and 3 more of"), std::string::npos)
      << compared.out;
  EXPECT_NE(compared.out.find("fused experiment.yaml:"), std::string::npos) << compared.out;
}

TEST_F(Compare, SaysSoWhenARerunOfBothIsEqual) {
  train("one");
  train("two");
  const std::string path = (folder_ / "runs") + "/two/0001/metrics.jsonl";
  std::string metrics = file_text(path);
  const std::size_t at = metrics.find("fingerprint\": \"", metrics.find("\"step\": 12")) + 15;
  metrics[at] = metrics[at] == '0' ? '1' : '0';
  write_text(path, metrics);
  const CommandResult compared = agon({"compare", "one", "two", "--bits"});
  EXPECT_EQ(compared.code, 65);
  EXPECT_NE(compared.out.find("step 12: fingerprint of all variables"), std::string::npos)
      << compared.out;
  EXPECT_NE(compared.out.find("both come to the same bits"), std::string::npos) << compared.out;
}

TEST_F(Compare, ShowsTheLastMeasuresSideBySide) {
  train("one");
  train("two", {"--set", "seed=2"});
  const CommandResult compared = agon({"compare", "one", "two"});
  EXPECT_EQ(compared.code, 0);
  EXPECT_NE(compared.out.find("seed is new"), std::string::npos) << compared.out;
  EXPECT_NE(compared.out.find("losses.g"), std::string::npos) << compared.out;
  EXPECT_EQ(agon({"compare", "one"}).code, 64);
  EXPECT_EQ(agon({"compare", "one", "three"}).code, 66);
}

}  // namespace
}  // namespace agon
