#include "tests/shipped_configs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/runners/program.h"
#include "tests/runners/scratch_folder.h"

/// Every shipped config trains its quick size; the same bits come on one processor and on two.
namespace agon {
namespace {

namespace fs = std::filesystem;

/// What a rerun must reproduce, as paths below the run.
std::vector<std::string> reproducible_files(const std::string& run) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(run)) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".png" || extension == ".safetensors" ||
        entry.path().filename() == "metrics.jsonl")
      names.push_back(fs::relative(entry.path(), run).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The directory of the run that training a config's quick size makes.
std::string quick_run(const std::string& config, const std::string& runs, int processors) {
  const std::vector<std::string> arguments = {"train",   config,   "--quick", "--set",
                                              "lanes=2", "--runs", runs};
  EXPECT_EQ(exit_code_of(start_program(arguments, processors)), 0);
  return fs::exists(runs) ? fs::directory_iterator(runs)->path().string() + "/0001" : "";
}

class ShippedConfig : public testing::TestWithParam<std::string> {};

TEST_P(ShippedConfig, TrainsItsQuickSize) {
  const ScratchFolder folder;
  const std::string run = quick_run(GetParam(), folder / "runs", 2);
  ASSERT_FALSE(run.empty());
  EXPECT_GE(reproducible_files(run).size(), 3u);  // metrics, a picture, a checkpoint
}

INSTANTIATE_TEST_SUITE_P(All, ShippedConfig, testing::ValuesIn(shipped_configs()),
                         [](const auto& config) { return test_name(config.param); });

TEST(SpreadOfConfigs, NamesShippedConfigs) {
  EXPECT_EQ(spread_of_configs().size(), std::size(kSpread));
}

class TrainedConfig : public testing::TestWithParam<std::string> {};

TEST_P(TrainedConfig, GivesTheSameBitsOnOneProcessorAndOnTwo) {
  const ScratchFolder folder;
  const std::string one = quick_run(GetParam(), folder / "1", 1);
  const std::string two = quick_run(GetParam(), folder / "2", 2);
  const std::vector<std::string> names = reproducible_files(one);
  ASSERT_EQ(names, reproducible_files(two));
  for (const std::string& name : names)
    EXPECT_TRUE(file_text(one + "/" + name) == file_text(two + "/" + name)) << name;
}

INSTANTIATE_TEST_SUITE_P(Spread, TrainedConfig, testing::ValuesIn(spread_of_configs()),
                         [](const auto& config) { return test_name(config.param); });
INSTANTIATE_TEST_SUITE_P(Rest, TrainedConfig, testing::ValuesIn(rest_of_configs()),
                         [](const auto& config) { return test_name(config.param); });

}  // namespace
}  // namespace agon
