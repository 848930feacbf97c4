#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/graphs/findings.h"

/// The models that tutorials get wrong (tests/graphs/models/*.yaml) and all that is said of each
/// (*.txt beside them).
namespace agon {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> models() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(AGON_SOURCE_DIR "/tests/graphs/models")) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string text_of(const std::string& file) {
  const std::ifstream in(AGON_SOURCE_DIR "/tests/graphs/models/" + file);
  EXPECT_TRUE(in.good()) << file;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class WrongModel : public testing::TestWithParam<std::string> {};

TEST_P(WrongModel, IsExplained) {
  EXPECT_EQ(findings_of(text_of(GetParam() + ".yaml")) + "\n", text_of(GetParam() + ".txt"));
}

INSTANTIATE_TEST_SUITE_P(All, WrongModel, testing::ValuesIn(models()),
                         [](const auto& model) { return model.param; });

}  // namespace
}  // namespace agon
