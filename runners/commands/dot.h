#pragma once
#include <string>

#include "engine/ir/graph.h"

namespace agon {

/// The graph for Graphviz: `dot -Tsvg`. Nodes show op and type; gradients are dashed.
std::string dot_text(const Graph& graph);

}  // namespace agon
