#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace agon {

/// The nearest of `candidates`, if near enough to be what was meant: at most max(1, length / 3)
/// insertions, deletions, changes and swaps of neighbours away; ties go to the earlier candidate.
/// Names that agree apart from case are near; so is what other frameworks call a candidate
/// (`detach`).
std::optional<std::string> nearest_name(std::string_view name,
                                        std::span<const std::string> candidates);

/// "; did you mean 'x'?" or "" when nothing is near.
std::string suggestion(std::string_view name, std::span<const std::string> candidates);

}  // namespace agon
