#include "engine/passes/pipeline.h"

#include <algorithm>
#include <array>

#include "engine/base/error.h"
#include "engine/ir/print.h"
#include "engine/passes/lower.h"
#include "engine/passes/remove_dead_code.h"

namespace agon {

std::span<const Pass> pipeline() {
  static const std::array passes = {
      Pass{"remove_dead_code", remove_dead_code},  // what nobody reads need not be rewritten
      Pass{"lower", lower},
  };
  return passes;
}

void run_passes(Graph& graph, const PassOptions& options) {
  for (const Pass& pass : pipeline()) {
    if (std::find(options.disabled.begin(), options.disabled.end(), pass.name) !=
        options.disabled.end()) {
      continue;
    }
    pass.run(graph);
    if (options.verify) {
      try {
        verify(graph);
      } catch (const InternalError& e) {
        throw InternalError("after " + pass.name + ": " + e.what());
      }
    }
    if (options.after) options.after(pass.name, graph);
  }
}

}  // namespace agon
