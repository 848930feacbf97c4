#pragma once
#include <cstddef>

#include "graphs/document/source_text.h"
#include "graphs/document/yaml.h"

namespace agon {

/// Finds the scalar's characters again in the source, from `begin` (its opening quote, block
/// indicator or first letter) on, and fills its `segments`. Returns the byte behind its last
/// character. Stops at the first escape of a double-quoted text: what follows it in that line has
/// an approximate column.
std::size_t locate_scalar(const SourceText& source, std::size_t begin, Yaml& scalar);

}  // namespace agon
