#pragma once
#include <span>
#include <vector>

#include "engine/ir/graph.h"

namespace agon {

/// Axes in rising order, negative ones not allowed; `keep` leaves an axis of size 1 for each.
struct ReduceAttrs {
  std::vector<std::int64_t> axes;
  bool keep = false;
  static constexpr auto fields() {
    return std::tuple{field("axes", &ReduceAttrs::axes), field("keep", &ReduceAttrs::keep)};
  }
  bool operator==(const ReduceAttrs&) const = default;
};

/// Op `sum`. Split by size only, so the bits do not depend on the number of processors.
Value sum(Value x, std::vector<std::int64_t> axes, bool keep = false);
Value sum(Value x);  // over everything, a scalar
/// sum / number of elements.
Value mean(Value x, std::vector<std::int64_t> axes, bool keep = false);
Value mean(Value x);
/// Op `reduce_max`: the largest; its gradient goes to every place that holds it, in equal shares.
Value reduce_max(Value x, std::vector<std::int64_t> axes, bool keep = false);
/// Op `argmax`: i32 position of the first largest element along `axis`, which is dropped.
Value argmax(Value x, std::int64_t axis);
Value argmin(Value x, std::int64_t axis);

/// Sums a broadcast value back to `shape` (equal rank with 1 where stretched, or rank 0): the
/// gradient of stretching.
Value sum_to(Value x, const Shape& shape);

}  // namespace agon
