#pragma once
#include <functional>

#include "engine/ir/graph.h"

namespace agon {

/// A pass, after `fuse`: makes one node (conv2d_bias.h) of a convolution on the accelerator and the
/// fused node that alone reads it and does nothing but add b [1, 1, 1, o] to it, or that and relu.
/// The node stands where the fused one stood. Only what is `wanted`, which is asked with the node
/// made: two nodes are better where no kernel does both at once.
bool join_bias(Graph& graph, const std::function<bool(const Node&)>& wanted);

}  // namespace agon
