#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace agon {

/// What is wrong with a name given by the user, or nothing. Names of networks, values, params and
/// so on match [A-Za-z_][A-Za-z0-9_]{0,63}.
std::optional<std::string> name_problem(std::string_view name);

/// The same for an experiment's name, which becomes a folder: [A-Za-z0-9_.-]{1,64}, not beginning
/// with '-' or '.'.
std::optional<std::string> experiment_name_problem(std::string_view name);

}  // namespace agon
