#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace agon {

/// The objects of a file that has one a line, such as timing.jsonl; lines that are none are passed
/// over. A missing file has none.
std::vector<nlohmann::ordered_json> json_lines(const std::string& path);

}  // namespace agon
