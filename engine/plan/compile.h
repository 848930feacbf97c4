#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/passes/pipeline.h"
#include "engine/plan/kernel_choice.h"
#include "engine/runtime/program.h"

namespace agon {

struct PlanOptions {
  /// Every node by its reference on the processors, whatever its device; nothing in place, no view,
  /// nothing simplified or folded.
  bool reference = false;
  Determinism determinism = Determinism::Run;
  std::vector<std::string> disabled_passes = {};
  /// What the accelerator's kernels want of a graph that has nodes there: run after the pipeline.
  std::vector<Pass> accelerator_passes = {};
  /// Called after each pass with its name.
  std::function<void(const std::string& pass, const Graph& graph)> after_pass = nullptr;
  bool verify = false;  // the graph is verified after each pass
  int queues = 4;       // of the accelerator, at most
  /// When set, permutes the instructions among the orders that data and variables allow; for tests.
  std::optional<std::uint64_t> shuffle = std::nullopt;
};

/// Runs the passes over `graph` (engine/passes/pipeline.h), chooses a kernel for each node, orders
/// and places. A variable's new value is written over the old one after every reader of the old
/// value: by order edges, or by a copy at the end where they would make a cycle. Where nodes are
/// placed on both devices, insert_transfers runs after the passes, such a copy is an instruction of
/// the device whose memory the new value lies in, and there is a schedule. Call inside Lanes::run.
std::unique_ptr<const Program> compile(std::unique_ptr<Graph> graph, const KernelRegistry& kernels,
                                       const PlanOptions& options = {});

}  // namespace agon
