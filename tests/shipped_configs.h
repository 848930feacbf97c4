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

/// "bench_dcgan64" of a path that shipped_configs() gives.
inline std::string test_name(const std::string& path) {
  std::string name =
      std::filesystem::relative(path, AGON_SOURCE_DIR "/configs").replace_extension().string();
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

}  // namespace agon
