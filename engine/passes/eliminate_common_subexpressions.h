#pragma once
#include "engine/ir/graph.h"

namespace agon {

/// Makes one of nodes with equal op, attributes and inputs. All ops are pure, draws too: they are
/// functions of (seed, stream, step, draw).
bool eliminate_common_subexpressions(Graph& graph);

}  // namespace agon
