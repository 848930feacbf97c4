#pragma once
#include "engine/ir/graph.h"

namespace agon {

/// Where the results of a node lie: with its device, but for a download's, in the host's memory.
Device memory_of(const Node& node);
/// Where a node finds its inputs: with its device, but for an upload's, in the host's memory.
Device reads_from(const Node& node);

/// Puts `upload` and `download` nodes where a value is read on the other side: one of each for a
/// value, just before its first reader and just behind what computes it. Inputs lie in the host's
/// memory; outputs are brought there. Constants are put down on both sides instead, and variables
/// lie where both reach them, as do views of them. Runs after the passes of the pipeline, which
/// know nothing of it; a graph without nodes of Device::Gpu is left as it is.
bool insert_transfers(Graph& graph);

}  // namespace agon
