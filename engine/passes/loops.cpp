#include "engine/passes/loops.h"

#include <algorithm>

#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"

namespace agon {

namespace {

constexpr std::int64_t kFewElements = 4;  // too few for vectors

bool is_f32(const Node& node) {
  return node.out_type().dtype == DType::F32 &&
         std::ranges::all_of(node.inputs(), [](Value v) { return v.dtype() == DType::F32; });
}

/// Whether the folded axes lie together, but for axes of size 1.
bool folds_one_group(const Shape& shape, const std::vector<std::int64_t>& axes) {
  int changes = 0;
  bool folding = false;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) continue;
    const bool folds = std::ranges::find(axes, axis) != axes.end();
    changes += folds && !folding ? 1 : 0;
    folding = folds;
  }
  return changes == 1;
}

}  // namespace

Loop loop_of(const Node& node) {
  if (node.outputs().size() != 1) return {};
  if (node.op().folded_axes) {
    const Shape& shape = node.in(0).shape();
    const bool fits = is_f32(node) && shape.elements() > kFewElements &&
                      folds_one_group(shape, node.op().folded_axes(node.attrs()));
    return fits ? Loop{LoopKind::Vectors, shape, node.device()} : Loop{};
  }
  if (!node.op().is_pointwise) return {};
  const Shape& shape = node.out_type().shape;
  const std::int64_t elements = shape.elements();
  if (elements > kFewElements && is_f32(node)) return {LoopKind::Vectors, shape, node.device()};
  if (elements > 0 && elements <= kFusedScalars) return {LoopKind::Scalars, shape, node.device()};
  return {};
}

}  // namespace agon
