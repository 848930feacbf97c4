#include "tests/graphs/composed_files.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/base/error.h"
#include "graphs/document/writer.h"
#include "graphs/experiment/compose.h"

namespace agon {

namespace fs = std::filesystem;

Files::Files(const std::map<std::string, std::string>& texts) {
  std::string pattern = (fs::temp_directory_path() / "agon-compose-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  for (const auto& [name, text] : texts) {
    fs::create_directories(fs::path(path(name)).parent_path());
    std::ofstream(path(name)) << text;
  }
}

Files::~Files() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string Files::without_folder(std::string text) const {
  for (std::size_t at = 0; (at = text.find(folder_ + "/")) != std::string::npos;)
    text.erase(at, folder_.size() + 1);
  return text;
}

std::string Files::composed_text() const {
  try {
    return to_yaml(read_composed(path("x.yaml")));
  } catch (const ConfigError& e) {
    return without_folder(e.what());
  }
}

}  // namespace agon
