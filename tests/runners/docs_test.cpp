#include "runners/commands/docs.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "engine/base/error.h"

namespace agon {
namespace {

TEST(Docs, TablesOfThePagesAreThoseOfTheCode) {
  for (const std::string file : {"docs/language.md", "docs/sweeps.md"}) {
    std::ifstream in(AGON_SOURCE_DIR "/" + file);
    const std::string page((std::istreambuf_iterator<char>(in)), {});
    ASSERT_NE(page.find("<!-- generated: "), std::string::npos);
    EXPECT_TRUE(with_generated_parts(page) == page) << "run: agon docs " << file;
  }
}

TEST(Docs, UnknownPartsAreRefused) {
  EXPECT_THROW(with_generated_parts("<!-- generated: opps -->\n<!-- end -->\n"), Error);
  EXPECT_THROW(with_generated_parts("<!-- generated: ops -->\n"), Error);
  EXPECT_EQ(with_generated_parts("nothing here"), "nothing here");
}

}  // namespace
}  // namespace agon
