#pragma once
#include <string>

#include "engine/base/error.h"

namespace agon {

/// Throws a ConfigError with one finding.
[[noreturn]] void fail_at(const Origin& origin, const std::string& message);

/// Throws Error(Data) "'path': message", the path made printable.
[[noreturn]] void fail_in_file(const std::string& path, const std::string& message);

/// Throws Error "cannot read 'path': <reason of errno>": NoInput if missing, Permission, else Io.
[[noreturn]] void fail_to_read(const std::string& path, int code);

}  // namespace agon
