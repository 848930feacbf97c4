#include "ops/pointwise/stretch.h"

#include <fmt/format.h>

#include "engine/base/error.h"

namespace agon {

namespace {
[[noreturn]] void refuse_shapes(const Shape& a, const Shape& b) {
  throw GraphError(
      fmt::format("expects equal shapes or axes of size 1, got {} and {}", to_text(a), to_text(b)));
}

Shape stretched_pair(const Shape& a, const Shape& b) {
  if (a.rank() == 0) return b;
  if (b.rank() == 0) return a;
  if (a.rank() != b.rank()) refuse_shapes(a, b);
  Shape result = a;
  for (int axis = 0; axis < a.rank(); ++axis) {
    if (a[axis] == b[axis] || b[axis] == 1) continue;
    if (a[axis] != 1) refuse_shapes(a, b);
    result = result.with(axis, b[axis]);
  }
  return result;
}
}  // namespace

Shape stretched(std::span<const Type> in) {
  Shape result = in[0].shape;
  for (const Type& t : in.subspan(1)) result = stretched_pair(result, t.shape);
  return result;
}

std::array<std::int64_t, Shape::kMaxRank> stretched_strides(const Shape& operand,
                                                            const Shape& out) {
  std::array<std::int64_t, Shape::kMaxRank> strides{};
  if (operand.rank() == 0) return strides;
  strides = operand.strides();
  for (int axis = 0; axis < out.rank(); ++axis) {
    if (operand[axis] == 1) strides[static_cast<std::size_t>(axis)] = 0;
  }
  return strides;
}

Type stretched_type(std::span<const Type> in, Takes takes) {
  if (takes == Takes::Floating && !is_floating(in[0].dtype))
    throw GraphError("expects a floating value, got " + to_text(in[0]));
  for (const Type& t : in.subspan(1)) {
    if (t.dtype != in[0].dtype) {
      throw GraphError(
          fmt::format("expects operands of one dtype, got {} and {}", to_text(in[0]), to_text(t)));
    }
  }
  return {in[0].dtype, stretched(in)};
}

double count_elements(const Node& node) {
  return static_cast<double>(node.out_type().shape.elements());
}

}  // namespace agon
