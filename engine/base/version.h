#pragma once

#include <string_view>

namespace agon {

/// Released version of the program, "0.1.0".
std::string_view version();

/// What exactly was built: the first 12 digits of the commit, "5ce49cc0aabb"; with changed or added
/// sources "5ce49cc0aabb+9f31c2d4", where the second part is a hash of the sources; outside a
/// git checkout "source-9f31c2d4".
std::string_view build_id();

/// Compiler and kind of build, "GNU 12.2.0 Release"; sanitizers follow where there are any.
std::string_view compiler();

}  // namespace agon
