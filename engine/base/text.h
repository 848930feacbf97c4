#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agon {

/// The shortest text that reads back as the same number; whole numbers have no point ("64",
/// "0.0002").
std::string number_text(double value);

/// The one number grammar, independent of locale: `1e-4`, `.5`, `1_000`, `-3`. Nothing else: no
/// hex, no `inf`, no surrounding blanks. Underscores only between digits.
std::optional<double> parse_number(std::string_view text);

/// "a, b, c".
std::string joined(std::span<const std::string> parts, std::string_view separator = ", ");

/// "[64, 3, 8, 8]".
std::string list_text(std::span<const std::int64_t> values);

/// Control characters and invalid UTF-8 written as \xNN, so that a name cannot drive a terminal.
std::string printable(std::string_view text);

/// Length of the well-formed UTF-8 sequence (RFC 3629) at byte `i`, which exists; 0 if there is
/// none.
std::size_t utf8_length(std::string_view text, std::size_t i);

/// "1.5 GiB", "312 KiB", "17 B".
std::string bytes_text(double bytes);

/// "3,274,624".
std::string thousands_text(std::int64_t value);

}  // namespace agon
