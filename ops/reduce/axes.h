#pragma once
#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ir/ndarray.h"
#include "ops/reduce/reduce.h"

namespace agon {

/// Throws GraphError unless 0 <= axis < rank of `shape`.
inline void expect_axis(const Shape& shape, std::int64_t axis) {
  if (axis < 0 || axis >= shape.rank())
    throw GraphError(fmt::format("expects an axis of {}, got {}", to_text(shape), axis));
}

/// `shape` with 1 for each axis, which are checked to exist and to rise.
inline Shape kept_shape(const Shape& shape, const std::vector<std::int64_t>& axes) {
  Shape result = shape;
  std::int64_t before = -1;
  for (const std::int64_t axis : axes) {
    expect_axis(shape, axis);
    if (axis <= before) throw GraphError("expects axes in rising order, got " + list_text(axes));
    before = axis;
    result = result.with(static_cast<int>(axis), 1);
  }
  return result;
}

/// Shape of the result of a reduction.
inline Shape reduced_shape(const Shape& shape, const ReduceAttrs& a) {
  Shape result = kept_shape(shape, a.axes);
  if (a.keep) return result;
  for (auto axis = a.axes.rbegin(); axis != a.axes.rend(); ++axis)
    result = result.without(static_cast<int>(*axis));
  return result;
}

/// Elements of input 0.
inline double count_input_elements(const Node& node) {
  return static_cast<double>(node.in(0).shape().elements());
}

/// visit(i, o) for every input element i in row-major order and the output element o it belongs to.
template <class Visit>
void for_each_reduced(const Shape& shape, const std::vector<std::int64_t>& axes, Visit visit) {
  auto strides = kept_shape(shape, axes).strides();
  for (const std::int64_t axis : axes) strides[static_cast<std::size_t>(axis)] = 0;
  std::int64_t i = 0;
  for_each_index(shape, [&](const auto& index) {
    std::int64_t o = 0;
    for (std::size_t axis = 0; axis < static_cast<std::size_t>(shape.rank()); ++axis)
      o += index[axis] * strides[axis];
    visit(i++, o);
  });
}

}  // namespace agon
