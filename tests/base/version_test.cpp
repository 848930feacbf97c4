#include "engine/base/version.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>

namespace agon {
namespace {

bool matches(std::string_view text, const char* pattern) {
  return std::regex_match(std::string(text), std::regex(pattern));
}

TEST(Version, NamesReleaseSourcesAndCompiler) {
  EXPECT_TRUE(matches(version(), R"(\d+\.\d+\.\d+)")) << version();
  EXPECT_TRUE(matches(build_id(), R"([0-9a-f]{12}(\+[0-9a-f]{8})?|source-[0-9a-f]{8})"))
      << build_id();
  EXPECT_TRUE(matches(compiler(), R"(\w+ \d+\.\d+\.\d+( .+)?)")) << compiler();
}

}  // namespace
}  // namespace agon
