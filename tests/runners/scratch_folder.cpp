#include "tests/runners/scratch_folder.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "runners/commands/command_line.h"

namespace agon {

ScratchFolder::ScratchFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "agon-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch folder");
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

namespace {
std::string content(std::FILE* file) {
  std::string text;
  std::rewind(file);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}
}  // namespace

CommandResult run_agon(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv = {"agon"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  CommandResult result;
  std::FILE* out = std::tmpfile();
  std::FILE* err = std::tmpfile();
  {
    Console console(out, err);
    result.code = run_command_line(static_cast<int>(argv.size()), argv.data(), console);
  }
  result.out = content(out);
  result.err = content(err);
  return result;
}

}  // namespace agon
