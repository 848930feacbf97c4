#include "tests/shipped_configs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/runners/program.h"
#include "tests/runners/scratch_folder.h"

/// Every shipped config trains its quick size, and gives the same bits on one processor and on two.
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

class ShippedConfig : public testing::TestWithParam<std::string> {};

TEST_P(ShippedConfig, GivesTheSameBitsOnOneProcessorAndOnTwo) {
  const ScratchFolder folder;
  std::vector<std::string> runs;
  for (const int processors : {1, 2}) {
    const std::string place = folder / std::to_string(processors);
    const std::vector<std::string> arguments = {"train",   GetParam(), "--quick", "--set",
                                                "lanes=2", "--runs",   place};
    ASSERT_EQ(exit_code_of(start_program(arguments, processors)), 0);
    runs.push_back(fs::directory_iterator(place)->path().string() + "/0001");
  }
  const std::vector<std::string> names = reproducible_files(runs[0]);
  EXPECT_GE(names.size(), 3u);  // metrics, a picture, a checkpoint
  ASSERT_EQ(names, reproducible_files(runs[1]));
  for (const std::string& name : names) {
    EXPECT_TRUE(file_text(runs[0] + "/" + name) == file_text(runs[1] + "/" + name)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ShippedConfig, testing::ValuesIn(shipped_configs()), [](const auto& config) {
      std::string name =
          fs::relative(config.param, AGON_SOURCE_DIR "/configs").replace_extension().string();
      std::replace(name.begin(), name.end(), '/', '_');
      return name;
    });

}  // namespace
}  // namespace agon
