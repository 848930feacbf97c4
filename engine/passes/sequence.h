#pragma once
#include <unordered_map>
#include <vector>

#include "engine/ir/graph.h"

namespace agon {

/// Every node after what it reads, and among those that could be next the one of the lowest place:
/// its id, or what `place_of` says; where these are equal, the older. For Graph::resequence after
/// nodes were added.
std::vector<Node*> sequence(const Graph& graph,
                            const std::unordered_map<const Node*, int>& place_of);

}  // namespace agon
