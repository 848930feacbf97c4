#pragma once
#include <vector>

#include "engine/ir/graph.h"

namespace agon {

/// Nodes that one kernel computes together, each after what it reads; see FusedAttrs for what they
/// may be.
struct Region {
  std::vector<Node*> members;
  std::vector<Node*> results;  // members whose values are kept in memory, in the same order
};

/// Regions over the pointwise ops and folds of a graph; one may be a single pointwise node, while a
/// fold alone stays as it is, with a kernel of its own. A pointwise value is
/// kept in memory where something other than a region over the same loop reads it, or where
/// computing it again in each region that reads it would cost more than a trip to memory; else it
/// is computed in every region that needs it. Regions over one loop that read one another or the
/// same tensors are one, unless that would close a cycle.
std::vector<Region> find_regions(const Graph& graph);

}  // namespace agon
