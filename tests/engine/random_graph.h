#pragma once
#include <cstdint>
#include <memory>

#include "engine/ir/graph.h"

namespace agon {

/// A graph drawn from the seed: three inputs, five variables of 6 or 1 elements, some thirty nodes
/// with stretching, views, several outputs and composites. Updates and outputs are drawn from
/// everything there is: leaves, the variable itself, other variables, values shared by two.
std::unique_ptr<Graph> random_graph(std::uint64_t seed);
/// Puts each node on a device drawn from the seed, as is the share of either.
void place_at_random(Graph& graph, std::uint64_t seed);
/// Puts all nodes on the accelerator.
void place_on_accelerator(Graph& graph);

}  // namespace agon
