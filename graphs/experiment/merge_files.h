#pragma once
#include "engine/base/error.h"
#include "graphs/document/yaml.h"

/// How the files of an experiment become one document (LANGUAGE.md rule 13). Every node keeps the
/// place where it was written.
namespace agon {

/// `file` put on what it extends: mappings merge, layer lists are changed by name where the file
/// has a mapping in their place, everything else is replaced, `key: ~` removes. Blocks of one name
/// are one key whatever their arguments; of keys that exclude each other (adam, sgd) the file's
/// stays; one source or spec takes the place of several by name and the other way round. Reports
/// what removes or changes nothing.
Yaml put_on(const Yaml& base, const Yaml& file, Diagnostics& diagnostics);

/// Two parts side by side, for `file` which extends both. Reports keys they define differently,
/// unless the file sets them itself.
Yaml joined_parts(const Yaml& a, const Yaml& b, const Yaml& file, Diagnostics& diagnostics);

}  // namespace agon
