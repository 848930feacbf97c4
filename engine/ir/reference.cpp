#include "engine/ir/reference.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"

namespace agon {

void evaluate_into(const Node& node, std::span<const NdArray* const> in, std::span<NdArray> out) {
  if (!node.op().reference) throw InternalError(node.op().name + ": has no reference");
  for (NdArray& array : out) std::fill(array.values.begin(), array.values.end(), 0.0);
  node.op().reference({in, out}, node.attrs());
  for (NdArray& array : out) array.round_to_type();
}

std::vector<NdArray> evaluate(const Node& node, std::span<const NdArray* const> in) {
  std::vector<NdArray> out;
  for (const Type& type : node.outputs()) out.emplace_back(type);
  evaluate_into(node, in, out);
  return out;
}

}  // namespace agon
