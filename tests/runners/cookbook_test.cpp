#include <gtest/gtest.h>

#include <fstream>

#include "tests/runners/scratch_folder.h"
#include "tests/shipped_configs.h"

/// Every snippet of the cookbook stands, line for line and in this order, in the config it names,
/// and every config is named.
namespace agon {
namespace {

const char* const kDocs = AGON_SOURCE_DIR "/docs/";

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

struct Snippet {
  std::string config;  // as the page links to it, from docs/ on
  std::vector<std::string> lines;
};

/// The target of the last link to a config in a line; "" if there is none.
std::string linked_config(const std::string& line) {
  const std::size_t begin = line.rfind("](../configs/");
  if (begin == std::string::npos) return "";
  return line.substr(begin + 2, line.find(')', begin) - begin - 2);
}

std::vector<Snippet> snippets() {
  std::vector<Snippet> found;
  std::string config;
  bool inside = false;
  for (const std::string& line : lines_of(std::string(kDocs) + "cookbook.md")) {
    if (const std::string link = linked_config(line); !link.empty()) config = link;
    if (line == "```yaml") found.push_back({config, {}});
    if (inside && line != "```") found.back().lines.push_back(line);
    inside = line == "```yaml" || (inside && line != "```");
  }
  return found;
}

/// The first of `lines` that the file does not have after those before it; "" if it has all.
std::string missing_line(const std::vector<std::string>& lines,
                         const std::vector<std::string>& file) {
  auto at = file.begin();
  for (const std::string& line : lines) {
    at = std::find(at, file.end(), line);
    if (at == file.end()) return line;
    ++at;
  }
  return "";
}

TEST(Cookbook, ItsSnippetsStandInTheConfigsItNames) {
  const auto all = snippets();
  EXPECT_GE(all.size(), 5u);
  for (const Snippet& snippet : all) {
    EXPECT_FALSE(snippet.lines.empty()) << snippet.config;
    EXPECT_EQ(missing_line(snippet.lines, lines_of(kDocs + snippet.config)), "") << snippet.config;
  }
}

TEST(Cookbook, NamesEveryConfig) {
  const std::string page = file_text(std::string(kDocs) + "cookbook.md");
  for (const std::string& path : shipped_configs()) {
    const std::string name =
        std::filesystem::relative(path, AGON_SOURCE_DIR "/configs").replace_extension().string();
    if (name.starts_with("bench/")) continue;
    EXPECT_NE(page.find(name + ".yaml"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace agon
