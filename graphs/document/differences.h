#pragma once
#include <string>
#include <vector>

#include "graphs/document/yaml.h"

namespace agon {

/// What differs between two documents, by path and in the order of the first: "seed: 1 became 2",
/// "losses.gp is new", "sample is gone". Sequences are compared item by item.
std::vector<std::string> differences(const Yaml& before, const Yaml& after);

}  // namespace agon
