#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace agon {

/// Names in an object of a nlohmann::ordered_json, which looks for each among all before it.
inline constexpr std::size_t kMostOrderedNames = 4096;

/// Why a text is not read as JSON, or "": it has more levels than reading, copying and writing,
/// which call themselves for each, have a stack for, or an object of more names than `most_names`.
std::string beyond_json_bounds(std::string_view text, std::size_t most_names);

}  // namespace agon
