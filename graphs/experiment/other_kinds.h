#pragma once
#include "graphs/document/yaml.h"

namespace agon {

/// Files of agon that are no experiment would be told a row of keys they lack: says instead what a
/// part or a sweep is for. Throws ConfigError.
void refuse_other_kinds(const Yaml& document);

}  // namespace agon
