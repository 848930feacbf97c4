#pragma once
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace agon {

/// Paths of every file under configs/, sorted.
inline std::vector<std::string> shipped_configs() {
  std::vector<std::string> paths;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(AGON_SOURCE_DIR "/configs")) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace agon
