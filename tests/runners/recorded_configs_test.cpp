#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/runners/scratch_folder.h"
#include "tests/shipped_configs.h"

/// The first steps of every shipped config against the recording beside it: identical on the kind
/// of machine that made it, within tolerance elsewhere. `agon reproduce CONFIG --record --steps 16`
/// makes it anew where a change of numbers was meant.
namespace agon {
namespace {

class RecordedConfig : public testing::TestWithParam<std::string> {};

TEST_P(RecordedConfig, IsReproduced) {
  const CommandResult result = run_agon({"reproduce", GetParam(), "--steps", "8", "--json"});
  const auto verdict = nlohmann::json::parse(result.out, nullptr, false);
  EXPECT_EQ(result.code, 0) << result.err << result.out;
  ASSERT_TRUE(verdict.is_object());
  if (verdict["pinned"].empty()) {
    EXPECT_EQ(verdict["verdict"], "identical") << verdict;
  }
  EXPECT_GT(verdict["compared"], 16) << verdict;
}

INSTANTIATE_TEST_SUITE_P(Spread, RecordedConfig, testing::ValuesIn(spread_of_configs()),
                         [](const auto& config) { return test_name(config.param); });
INSTANTIATE_TEST_SUITE_P(Rest, RecordedConfig, testing::ValuesIn(rest_of_configs()),
                         [](const auto& config) { return test_name(config.param); });

}  // namespace
}  // namespace agon
