#pragma once
#include "engine/ir/graph.h"

namespace agon {

/// Applies the rules of the registry (Rule in op_def.h) until none applies. Rules may read exact
/// zeros as positive (x + 0 => x loses that -0 + 0 is 0) but keep infinities and NaN.
bool simplify(Graph& graph);

}  // namespace agon
