#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "graphs/document/yaml.h"

namespace agon {

/// What a file may hold; beyond it is an error, found within 100 ms.
inline constexpr std::size_t kMaxYamlBytes = std::size_t{1} << 20;
inline constexpr int kMaxYamlDepth = 64;
inline constexpr std::size_t kMaxYamlNodes = 100'000;  // after aliases are copied
inline constexpr std::size_t kMaxYamlAliases = 256;
inline constexpr std::size_t kMaxYamlKeys = 256;  // of one mapping

/// Reads an experiment file or a part of one; `path` is also the name shown in messages. Throws
/// Error(NoInput) where there is no such file or it is not a regular file, Error(Permission),
/// Error(Io), and ConfigError as read_yaml_text does.
Yaml read_yaml_file(const std::string& path);

/// The document in `text`, which is not empty: "no experiment found" otherwise. Throws ConfigError
/// with every finding of one stage: encoding (byte offset), limits, syntax (with the source line
/// and a caret on further lines of the message), duplicate keys (with both positions), tags, calls
/// cut at a comma by `{ }` or `[ ]`.
Yaml read_yaml_text(std::string_view text, const std::string& file);

/// The same for a lone value, as `--set` has it: Null where the text is empty.
Yaml parse_yaml_value(std::string_view text, const std::string& file);

}  // namespace agon
