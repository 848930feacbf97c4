#pragma once
#include <optional>

#include "graphs/experiment/network.h"

namespace agon {

/// An input as declared: a shape or the type of a data value. Nothing if it was reported; throws
/// GraphError for a part that the data does not have.
std::optional<NetworkInput> read_input(const Named<Yaml>& input, const Experiment& experiment,
                                       const NumberScope& scope, Diagnostics& diagnostics);

}  // namespace agon
