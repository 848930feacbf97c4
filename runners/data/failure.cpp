#include "runners/data/failure.h"

#include <fmt/format.h>

#include "engine/base/text.h"

namespace agon {

void fail_at(const Origin& origin, const std::string& message) {
  throw ConfigError({Diagnostic{Severity::Error, origin, message}});
}

void fail_in_file(const std::string& path, const std::string& message) {
  throw Error(ExitCode::Data, fmt::format("'{}': {}", printable(path), message));
}

}  // namespace agon
