#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/ir/graph.h"

namespace agon {

/// Op `fused`: a region of small ops that one kernel computes while its elements are at hand. The
/// body is a graph in text form whose inputs are named "0", "1", ... in the order of the node's
/// inputs, and whose outputs likewise.
///
/// A body made by the pass `fuse` holds pointwise ops (OpDef::is_pointwise), all of one shape, the
/// loop's, to which inputs of other shapes stretch; and folds (OpDef::folded_axes) of such values,
/// whose results are outputs and read by nothing in the body. An output is a value of the loop's
/// shape or a fold. Float32 throughout, but for bodies of at most kFusedScalars elements, which may
/// mix dtypes.
struct FusedAttrs {
  std::string body;
  static constexpr auto fields() { return std::tuple{field("body", &FusedAttrs::body)}; }
  bool operator==(const FusedAttrs&) const = default;
};
inline constexpr std::int64_t kFusedScalars = 64;

class OpRegistry;
void register_fused(OpRegistry& ops);

/// The body of a node of op `fused`.
std::unique_ptr<Graph> fused_body(const Node& node);
/// Appends the node; returns its outputs.
std::vector<Value> add_fused(Graph& graph, const Graph& body, std::vector<Value> inputs);

}  // namespace agon
