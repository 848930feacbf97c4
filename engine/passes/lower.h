#pragma once
#include "engine/ir/graph.h"

namespace agon {

/// Replaces every node whose op has no meaning but smaller ops by these.
bool lower(Graph& graph);

}  // namespace agon
