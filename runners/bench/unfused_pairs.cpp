#include <algorithm>
#include <optional>
#include <unordered_map>

#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"
#include "runners/bench/explain_report.h"
#include "runners/bench/instruction_report.h"

namespace agon {

namespace {

/// The type of a body's loop: of its outputs that are no folds, else of what the first fold folds.
std::optional<Type> body_loop(const Graph& body) {
  for (const auto& [name, value] : body.outputs()) {
    if (!is_fold(*value.node)) return value.type();
  }
  for (const auto& [name, value] : body.outputs()) return value.node->in(0).type();
  return std::nullopt;
}

/// What a loop over all elements of the instruction's work runs over; nothing for other work.
std::optional<Type> loop_of(const Node& node) {
  if (node.is("fused")) return body_loop(*fused_body(node));
  if (is_fold(node)) return node.in(0).type();
  if (node.op().is_pointwise) return node.out_type();
  return std::nullopt;
}

bool is_folded(const Value& v) {
  if (!v.node->is("fused")) return is_fold(*v.node);
  return is_fold(*fused_body(*v.node)->outputs()[static_cast<std::size_t>(v.output)].value.node);
}

bool fusible(const Type& loop) {
  return loop.dtype == DType::F32 || loop.shape.elements() <= kFusedScalars;
}

/// Whether `to` needs `from` as a whole before it can begin: a fold of it, or what a node between
/// them makes of it.
bool needs_all_of(const Graph& graph, const Node* from, const Node* to) {
  for (const Value& in : to->inputs()) {
    if (in.node == from && is_folded(in)) return true;
  }
  std::unordered_map<const Node*, bool> depends;  // on `from`
  for (const Node* node : graph.topological_order()) {
    bool found = node == from;
    for (const Value& in : node->inputs()) {
      const bool direct = in.node == from;
      found = found || direct || depends[in.node];
      if (node == to && !direct && depends[in.node]) return true;
    }
    depends[node] = found;
  }
  return false;
}

}  // namespace

std::vector<UnfusedPair> unfused_pairs(const Program& program) {
  std::unordered_map<const Node*, std::size_t> place;
  std::vector<std::optional<Type>> loops;
  for (const Instruction& instruction : program.instructions) {
    place[instruction.node] = loops.size();
    loops.push_back(loop_of(*instruction.node));
  }
  std::vector<UnfusedPair> pairs;
  for (std::size_t reader = 0; reader < loops.size(); ++reader) {
    const Node& node = *program.instructions[reader].node;
    if (!loops[reader] || !fusible(*loops[reader])) continue;
    std::vector<std::size_t> seen;
    for (const Value& in : node.inputs()) {
      const auto it = place.find(in.node);
      if (it == place.end() || loops[it->second] != loops[reader]) continue;
      if (std::find(seen.begin(), seen.end(), it->second) != seen.end()) continue;
      if (needs_all_of(*program.graph, in.node, &node)) continue;
      seen.push_back(it->second);
      pairs.push_back({it->second, reader});
    }
  }
  return pairs;
}

}  // namespace agon
