#pragma once
#include <span>
#include <vector>

#include "engine/ir/graph.h"
#include "engine/ir/ndarray.h"

namespace agon {

/// The outputs of a node by its op's reference, rounded to their types. The op must have one
/// (InternalError otherwise); leaves other than constants cannot be evaluated.
std::vector<NdArray> evaluate(const Node& node, std::span<const NdArray* const> in);

/// The same into arrays that exist already, of the node's output types; their values are
/// overwritten.
void evaluate_into(const Node& node, std::span<const NdArray* const> in, std::span<NdArray> out);

}  // namespace agon
