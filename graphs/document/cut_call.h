#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace agon {

/// A plain scalar of a flow collection, standing at [begin, end) of the file, may be an expression
/// that YAML ended too early: it has an open parenthesis and a comma or bracket follows. Then the
/// message says how to write it; otherwise nothing.
std::optional<std::string> cut_call_message(std::string_view file, std::string_view scalar,
                                            std::size_t begin, std::size_t end);

}  // namespace agon
