#pragma once
#include <string>
#include <vector>

namespace agon {

/// A folder of its own for one test, removed with it.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// The whole of a file; fails the test where there is none.
std::string file_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);

/// What a command line printed and returned, run in this process.
struct CommandResult {
  int code = -1;
  std::string out, err;
};
CommandResult run_agon(const std::vector<std::string>& arguments);

}  // namespace agon
