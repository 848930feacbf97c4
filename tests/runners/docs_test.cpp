#include "runners/commands/docs.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "engine/base/error.h"

namespace agon {
namespace {

TEST(Docs, TablesOfTheLanguagePageAreThoseOfTheCode) {
  std::ifstream in(AGON_SOURCE_DIR "/docs/language.md");
  const std::string page((std::istreambuf_iterator<char>(in)), {});
  ASSERT_NE(page.find("<!-- generated: ops -->"), std::string::npos);
  EXPECT_TRUE(with_generated_parts(page) == page) << "run: agon docs docs/language.md";
}

TEST(Docs, UnknownPartsAreRefused) {
  EXPECT_THROW(with_generated_parts("<!-- generated: opps -->\n<!-- end -->\n"), Error);
  EXPECT_THROW(with_generated_parts("<!-- generated: ops -->\n"), Error);
  EXPECT_EQ(with_generated_parts("nothing here"), "nothing here");
}

}  // namespace
}  // namespace agon
