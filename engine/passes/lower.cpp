#include "engine/passes/lower.h"

#include "engine/ir/expand.h"

namespace agon {

bool lower(Graph& graph) {
  return expand_composites(graph);
}

}  // namespace agon
