#pragma once
#include <span>
#include <vector>

#include "engine/ir/graph.h"

namespace agon {

/// d(sum of all elements of y) / dx for each x, appended to the graph as ordinary nodes, so that
/// the result can be differentiated again. One reverse walk that knows no op but `add`, by which it
/// joins the gradients of a value with several readers, in order of creation.
///
/// The walk stops at each x: what an x itself was computed from does not count. A null Value means
/// that y does not depend on that x. y must be floating. Ops without a gradient
/// that say what they mean in smaller ops (`expand`) are differentiated through that meaning, built
/// beside them; nodes and values that exist are left as they are.
std::vector<Value> differentiate(Value y, std::span<const Value> xs);

}  // namespace agon
