#pragma once
#include <functional>
#include <span>
#include <string>

#include "engine/ir/graph.h"

namespace agon {

/// One step of compilation: rewrites the graph without changing what it means. True if it changed
/// anything.
struct Pass {
  std::string name;
  std::function<bool(Graph&)> run;
};

/// The only order; those from `simplify` to `fuse` run again and again until none changes anything.
std::span<const Pass> pipeline();

struct PassOptions {
  std::span<const std::string> disabled = {};
  bool verify = false;
  std::function<void(const std::string& pass, const Graph& graph)> after = nullptr;
  std::span<const Pass> last = {};  // more passes, run once after those of the pipeline
};

/// Runs the pipeline. With `verify`, a broken graph is an InternalError "after <pass>: ...".
void run_passes(Graph& graph, const PassOptions& options);

}  // namespace agon
