#pragma once
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "graphs/data_spec.h"
#include "runners/data/input_error.h"

namespace agon {

/// Throws a ConfigError with one finding.
[[noreturn]] void fail_at(const Origin& origin, const std::string& message);

/// The place of a key of the source. Line and column are the key's where the spec knows them, else
/// the section's.
Origin key_origin(const DataSpec& spec, std::string_view key);
/// Throws a ConfigError there.
[[noreturn]] void fail_at_key(const DataSpec& spec, std::string_view key,
                              const std::string& message);

/// Throws `failure` again: as an InputError at `origin` if that is known and the failure is about a
/// file and has no place yet, otherwise as it is. For use in catch (...) only.
[[noreturn]] void fail_again_at(const Origin& origin, const Error& failure);

/// What `read` gives, which reads what a key of the source names.
template <class Read>
auto read_named_by(const DataSpec& spec, std::string_view key, Read read) {
  try {
    return read();
  } catch (const Error& failure) {
    fail_again_at(key_origin(spec, key), failure);
  }
}

/// Throws Error(Data) "'path': message", the path made printable.
[[noreturn]] void fail_in_file(const std::string& path, const std::string& message);

/// Throws Error "cannot read 'path': <reason of errno>": NoInput if missing, Permission, else Io.
[[noreturn]] void fail_to_read(const std::string& path, int code);

}  // namespace agon
