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

/// Optimal string alignment distance: insertions, deletions, changes and swaps of neighbours.
int edit_distance(std::string_view a, std::string_view b);

/// The nearest of `candidates`, if near enough to be what was meant (distance at most
/// max(1, length / 3)); ties go to the earlier candidate. Names that agree apart from case are
/// near; so is what other frameworks call a candidate (`detach`, text.cpp).
std::optional<std::string> nearest_name(std::string_view name,
                                        std::span<const std::string> candidates);

/// "; did you mean 'x'?" or "" when nothing is near.
std::string suggestion(std::string_view name, std::span<const std::string> candidates);

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
