#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "graphs/document/reader.h"
#include "graphs/document/writer.h"
#include "graphs/experiment/compose.h"
#include "graphs/keys/sections.h"

namespace agon {
namespace {

std::filesystem::path examples_folder() {
  const char* shared = std::getenv("AGON_SHARED");
  const std::filesystem::path folder =
      shared ? shared : std::filesystem::path(AGON_SOURCE_DIR) / ".." / "shared";
  return folder / "examples";
}

/// The hard systems of the field, written in the language, read without a finding.
TEST(KeysExamples, AreRead) {
  if (!std::filesystem::is_directory(examples_folder())) {
    GTEST_SKIP() << "no examples in " << examples_folder() << " (AGON_SHARED names another place)";
  }
  // parts and whole experiments that examples extend
  setenv("AGON_DATA", AGON_SOURCE_DIR "/configs", 1);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(examples_folder())) {
    const std::string name = entry.path().filename().string();
    if (name == "style.yaml") continue;  // constant pictures need what is not built yet
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    Diagnostics diagnostics;
    const Yaml document =
        composed(read_yaml_text("agon: 1\nname: x\n" + text, name), examples_folder().string());
    read_experiment_sections(document, diagnostics);
    for (const Diagnostic& d : diagnostics.sorted()) ADD_FAILURE() << to_text(d);
    EXPECT_TRUE(same_content(read_yaml_text(to_yaml(document), name), document)) << name;
    ++files;
  }
  unsetenv("AGON_DATA");
  EXPECT_GE(files, 5);
}

}  // namespace
}  // namespace agon
