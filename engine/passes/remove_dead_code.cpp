#include "engine/passes/remove_dead_code.h"

namespace agon {

bool remove_dead_code(Graph& graph) {
  return graph.remove_dead() > 0;
}

}  // namespace agon
