#pragma once
#include <string>

namespace agon {

/// Where a path written in a file leads: absolute ones stay; others are tried beside the file that
/// names them, then in each folder of the environment variable AGON_DATA (separated by ':'). If
/// none exists, the first place. Lexically normal.
std::string resolved_path(const std::string& written, const std::string& directory);

}  // namespace agon
