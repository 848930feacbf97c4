#include "runners/data/failure.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

#include "engine/base/text.h"

namespace agon {

void fail_at(const Origin& origin, const std::string& message) {
  throw ConfigError({Diagnostic{Severity::Error, origin, message}});
}

void fail_in_file(const std::string& path, const std::string& message) {
  throw Error(ExitCode::Data, fmt::format("'{}': {}", printable(path), message));
}

void fail_to_read(const std::string& path, int code) {
  const ExitCode exit = code == EACCES || code == EPERM     ? ExitCode::Permission
                        : code == ENOENT || code == ENOTDIR ? ExitCode::NoInput
                                                            : ExitCode::Io;
  throw Error(exit, fmt::format("cannot read '{}': {}", printable(path),
                                std::generic_category().message(code)));
}

}  // namespace agon
