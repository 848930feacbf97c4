#pragma once
#include <cstddef>

#include "engine/ir/graph.h"

namespace agon {

/// Whether two nodes of one op have attributes of the same text, which tells -0 from 0 and finds
/// NaN equal to itself. A constant's numbers, of which there may be a picture full, are compared as
/// they lie in memory.
bool same_attrs(const Node& a, const Node& b);

/// Equal where same_attrs holds.
std::size_t hash_of_attrs(const Node& node);

}  // namespace agon
