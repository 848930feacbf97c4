#pragma once
#include <string>

#include "graphs/document/yaml.h"

namespace agon {

/// The tree as YAML text that reads back with the same content: one key per line, lists and small
/// mappings in flow style where they fit 100 columns, quotes where needed. Ends with a newline.
std::string to_yaml(const Yaml& node);

/// SHA-256 of the content (kinds, texts, keys in order; not layout, quoting or comments), as 64
/// hexadecimal digits.
std::string config_hash(const Yaml& node);

}  // namespace agon
