#include "runners/data/failure.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

#include "engine/base/text.h"

namespace agon {

void fail_at(const Origin& origin, const std::string& message) {
  throw ConfigError({Diagnostic{Severity::Error, origin, message}});
}

Origin key_origin(const DataSpec& spec, std::string_view key) {
  if (key == "source") return spec.source_origin;
  if (key == "path" && spec.path_origin.path.ends_with(".path")) return spec.path_origin;
  if (const auto written = spec.key_origins.find(key); written != spec.key_origins.end())
    return written->second;
  Origin origin = spec.origin;
  if (origin.known()) origin.path += fmt::format(".{}", key);
  return origin;
}

void fail_at_key(const DataSpec& spec, std::string_view key, const std::string& message) {
  fail_at(key_origin(spec, key), message);
}

void fail_again_at(const Origin& origin, const Error& failure) {
  const bool is_about_a_file =
      failure.code() != ExitCode::Config && failure.code() != ExitCode::Internal;
  const bool has_place = dynamic_cast<const InputError*>(&failure) != nullptr;
  if (!is_about_a_file || has_place || !origin.known()) throw;
  throw InputError({{failure.code(), {Severity::Error, origin, failure.what()}}});
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
