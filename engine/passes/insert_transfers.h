#pragma once
#include "engine/ir/graph.h"

namespace agon {

/// Where the results of a node lie: with its device, but for a download's, in the host's memory.
Device memory_of(const Node& node);
/// Where a node finds its inputs: with its device, but for an upload's, in the host's memory.
Device reads_from(const Node& node);

/// Puts `upload` and `download` nodes where a value is read on the other side: one of each for a
/// value, just before its first reader and just behind what computes it. Outputs are brought to the
/// host's memory. Constants are put down on both sides instead; variables lie where both reach
/// them, inputs where they are read (who runs the program brings them there), and so do views of
/// both. Runs after the passes of the pipeline, which know nothing of it; a graph without nodes of
/// Device::Gpu is left as it is.
bool insert_transfers(Graph& graph);

}  // namespace agon
