#pragma once
#include "engine/ir/graph.h"

namespace agon {

/// Whether the node's op says what it means in smaller ops alone: it has `expand` and no reference.
bool is_composite(const Node& node);

/// Replaces every composite node by its meaning, repeatedly, until none is left; the new nodes keep
/// the origin of the old. True if there was any. Throws InternalError where the meaning has other
/// types than the node.
bool expand_composites(Graph& graph);

}  // namespace agon
