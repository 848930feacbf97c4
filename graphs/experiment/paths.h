#pragma once
#include <string>

#include "graphs/keys/values.h"

namespace agon {

/// Where a path written in an experiment leads: absolute ones stay; others are tried beside the
/// file that names them (of a text without a folder: in `directory`; where the program was started,
/// if
/// --set gave the path), then in each folder of the environment variable AGON_DATA (separated by
/// ':'). If none exists, the first place. Lexically normal.
std::string resolved_path(const Text& written, const std::string& directory);

}  // namespace agon
