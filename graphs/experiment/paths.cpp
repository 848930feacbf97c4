#include "graphs/experiment/paths.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <system_error>

namespace agon {

std::string resolved_path(const Text& written, const std::string& directory) {
  namespace fs = std::filesystem;
  const fs::path path(written.text);
  const bool from_outside = written.origin.file.starts_with("--set");
  const fs::path own = fs::path(written.origin.file).parent_path();
  const fs::path begin = from_outside ? "." : own.empty() ? fs::path(directory) : own;
  if (path.is_absolute()) return path.lexically_normal().string();
  std::error_code ignored;
  const fs::path beside = (fs::absolute(begin, ignored) / path).lexically_normal();
  if (fs::exists(beside, ignored)) return beside.string();
  const char* folders = std::getenv("AGON_DATA");
  std::istringstream list(folders == nullptr ? "" : folders);
  for (std::string folder; std::getline(list, folder, ':');) {
    if (folder.empty()) continue;
    const fs::path there = (fs::absolute(folder, ignored) / path).lexically_normal();
    if (fs::exists(there, ignored)) return there.string();
  }
  return beside.string();
}

}  // namespace agon
