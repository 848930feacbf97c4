#pragma once
#include <array>
#include <span>
#include <vector>

#include "engine/ir/graph.h"
#include "engine/ir/ndarray.h"
#include "engine/ir/op_def.h"

namespace agon {

/// The shape that all operands stretch to: equal rank, where sizes differ one of them is 1; rank 0
/// fits everything. Throws GraphError naming both shapes.
Shape stretched(std::span<const Type> in);

/// How far to go in an operand for one step along each axis of `out`: 0 where it is stretched.
std::array<std::int64_t, Shape::kMaxRank> stretched_strides(const Shape& operand, const Shape& out);

/// What dtypes a pointwise op takes.
enum class Takes { Floating, Any };

/// All inputs of one dtype (throws GraphError otherwise), result of that dtype.
Type stretched_type(std::span<const Type> in, Takes takes);

/// Elements of output 0.
double count_elements(const Node& node);

/// out[0] = f(elements of the inputs at this place), in row-major order. `f` takes a span of one
/// number for each input.
template <class F>
void reference_pointwise(const ReferenceCall& call, F f) {
  NdArray& y = call.out[0];
  const Shape& shape = y.type.shape;
  std::vector<std::array<std::int64_t, Shape::kMaxRank>> strides;
  for (const NdArray* x : call.in) strides.push_back(stretched_strides(x->type.shape, shape));
  std::vector<double> operands(call.in.size());
  std::int64_t at = 0;
  for_each_index(shape, [&](const auto& index) {
    for (std::size_t i = 0; i < operands.size(); ++i) {
      std::int64_t offset = 0;
      for (std::size_t axis = 0; axis < static_cast<std::size_t>(shape.rank()); ++axis)
        offset += index[axis] * strides[i][axis];
      operands[i] = (*call.in[i])[offset];
    }
    y[at++] = f(std::span<const double>(operands));
  });
}

}  // namespace agon
