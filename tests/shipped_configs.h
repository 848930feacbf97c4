#pragma once
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace agon {

/// Whether a file is an experiment, not a part for others to extend: it has the key `agon`.
inline bool is_experiment(const std::filesystem::path& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("agon:")) return true;
  }
  return false;
}

/// Paths of every experiment under configs/, sorted.
inline std::vector<std::string> shipped_configs() {
  std::vector<std::string> paths;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(AGON_SOURCE_DIR "/configs")) {
    if (entry.path().extension() == ".yaml" && is_experiment(entry.path()))
      paths.push_back(entry.path().string());
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
