#pragma once
#include <string>

#include "graphs/document/yaml.h"

namespace agon {

/// The document with all that it extends, without its `extends:` key. Files named there are found
/// like any path of the file (paths.h); they may extend others. Its `agon:` is the document's own,
/// so that a part stays a part. A document that extends nothing is returned as it is. Throws
/// ConfigError with every finding: missing files, files that extend themselves (with the chain),
/// parts that disagree, changes of layers that do not exist.
Yaml composed(Yaml document, const std::string& directory);

/// Reads a file and composes it. Throws as read_yaml_file does.
Yaml read_composed(const std::string& path);

/// Where a file's relative paths begin: its folder.
std::string folder_of(const std::string& file);

}  // namespace agon
