#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "engine/ir/graph.h"

namespace agon {

/// One line for each node, then outputs and updates:
///   %0 = input {name: "x", dtype: f32, shape: [2, 3]} : f32[2, 3]
///   %2 = add(%0, %1) : f32[2, 3]
///   %3 = sum(%2) {axes: [0], keep: false} @gpu : f32[3]
///   output "loss" = %2
///   update "w" = %5
/// Values of several outputs are written %3:1. Nodes are numbered in the order printed; `@gpu`
/// stands at those of Device::Gpu.
std::string to_text(const Graph& graph);

/// The inverse: types are inferred again and must agree with those written. Throws GraphError with
/// the line.
std::unique_ptr<Graph> parse_graph(std::string_view text, const OpRegistry& ops);

/// Throws InternalError naming the node if the graph is not well formed: inputs of another graph or
/// removed, a cycle, types that inference does not confirm, an update whose type is not its
/// variable's, attributes that do not survive printing.
void verify(const Graph& graph);

}  // namespace agon
