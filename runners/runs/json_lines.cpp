#include "runners/runs/json_lines.h"

#include <fstream>

namespace agon {

std::vector<nlohmann::ordered_json> json_lines(const std::string& path) {
  std::vector<nlohmann::ordered_json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    auto json = nlohmann::ordered_json::parse(line, nullptr, false);
    if (json.is_object()) lines.push_back(std::move(json));
  }
  return lines;
}

}  // namespace agon
