#include "tests/fuzz/large_inputs.h"

#include <gtest/gtest.h>

#include "runners/data/decode.h"
#include "tests/fuzz/allowed.h"
#include "tests/fuzz/verdict.h"

/// Long, deep and wide inputs, which chance changes of small ones never become.
namespace agon {
namespace {

constexpr std::size_t kMostBytes = (1 << 20) + (1 << 10);
constexpr double kMostSecondsOfPicture = 4;  // for 64 Mi pixels of 8 bytes

int decode_whole(const std::uint8_t* data, std::size_t size) {
  allow_refusal([&] { decode_picture({data, size}, "picture"); });
  return 0;
}

class Large : public testing::TestWithParam<LargeInput> {
 protected:
  static void run(const FuzzTarget& target, double seconds) {
    const std::string made = GetParam().make();
    ASSERT_LE(made.size(), kMostBytes);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(made.data());
    EXPECT_EQ(verdict(target, {bytes, made.size()}, seconds), "") << made.size() << " bytes";
  }
};
class LargeText : public Large {};
class LargePicture : public Large {};

TEST_P(LargeText, IsReadOrRefusedSoon) {
  run(fuzz_target(GetParam().target), kMostSeconds);
}

TEST_P(LargePicture, IsReadOrRefusedSoon) {
  run({"picture", decode_whole, 0}, kMostSecondsOfPicture);
}

std::string name_of(const testing::TestParamInfo<LargeInput>& input) {
  return std::string(input.param.target) + "_" + std::string(input.param.name);
}
INSTANTIATE_TEST_SUITE_P(Configs, LargeText, testing::ValuesIn(large_configs()), name_of);
INSTANTIATE_TEST_SUITE_P(Files, LargeText, testing::ValuesIn(large_files()), name_of);
INSTANTIATE_TEST_SUITE_P(Pictures, LargePicture, testing::ValuesIn(large_pictures()), name_of);

}  // namespace
}  // namespace agon
