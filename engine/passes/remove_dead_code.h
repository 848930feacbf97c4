#pragma once
#include "engine/ir/graph.h"

namespace agon {

/// Removes nodes that no output and no update depends on.
bool remove_dead_code(Graph& graph);

}  // namespace agon
