#pragma once
#include "engine/ir/graph.h"

namespace agon {

/// Makes one `fused` node (engine/ir/fused.h) of each region of pointwise ops and folds
/// (regions.h). After differentiation: what is fused has no gradient. The new nodes stand where the
/// first of their results stood.
bool fuse(Graph& graph);

}  // namespace agon
