#pragma once
#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/ir/graph.h"

namespace agon {

/// The ops that multiply. A variant of one is an op of the same inputs, attributes and types whose
/// name has an ending: `matmul_bf16`.
inline constexpr std::array<std::string_view, 4> kProductOps = {
    "matmul", "conv2d", "conv2d_input_grad", "conv2d_weight_grad"};

/// Makes each product of float32 that is `wanted` the variant of that ending. Returns the new nodes
/// and the ids of those they replaced.
std::unordered_map<const Node*, int> vary_products(Graph& graph, std::string_view ending,
                                                   const std::function<bool(const Node&)>& wanted);

}  // namespace agon
