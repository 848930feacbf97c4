#pragma once
#include <string>

#include "engine/base/error.h"
#include "graphs/document/yaml.h"

namespace agon {

/// A layer list changed by name (LANGUAGE.md rule 13):
///
///   {after relu1: [dropout], before fc: {dense: 64}, replace conv2: [...], remove: [tanh1]}
///
/// Names are those of `list` as it stands, whatever the order of the changes. A change takes one
/// layer or a list. Reports unknown and ambiguous names, changes that exclude each other, and words
/// that are no change; `path` is the list's.
Yaml patched_layers(const Yaml& list, const Yaml& patch, const std::string& path,
                    Diagnostics& diagnostics);

}  // namespace agon
