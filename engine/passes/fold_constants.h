#pragma once
#include "engine/ir/graph.h"

namespace agon {

/// Evaluates nodes of constants by their reference. A result is kept as a constant if it has few
/// elements or one value everywhere.
bool fold_constants(Graph& graph);

}  // namespace agon
