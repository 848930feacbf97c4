#pragma once
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime/program.h"

namespace agon {

/// Two instructions of pointwise work, the first read by the second, that one loop could compute:
/// equal loop shapes, float32 (or few scalars), and no other way from the first to the second.
struct UnfusedPair {
  std::size_t producer = 0, reader = 0;  // instructions
};
std::vector<UnfusedPair> unfused_pairs(const Program& program);

/// How many nodes a graph's passes leave.
struct NodeCounts {
  int written = 0;   // in the graph as built
  int repeated = 0;  // taken away because another computes the same
  int left = 0;
};
NodeCounts count_nodes(const Graph& graph);

/// A compiled graph, instruction by instruction in order: what it computes, where that was written,
/// the kernel and why those before it refused, layout, reorders, work and share of the cost; then
/// sums over the whole.
struct ExplainReport {
  std::string title;  // "draw with turns d, g"
  const Program& program;
  NodeCounts nodes;
  /// Microseconds by instruction; empty: the cost is estimated from FLOPs and bytes.
  std::vector<double> microseconds = {};

  std::string text() const;

 private:
  std::vector<double> costs() const;
  std::string instructions_text() const;
  std::string summary_text() const;
};

}  // namespace agon
