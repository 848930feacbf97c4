#pragma once
#include <vector>

#include "engine/ir/type.h"

namespace agon {

/// A tensor as the reference sees it: row-major, every element a double whatever the type (float32
/// and int32 fit exactly). Slow and obvious; the fast kernels are judged by it.
struct NdArray {
  Type type;
  std::vector<double> values;

  NdArray() = default;
  explicit NdArray(Type t) : type(t), values(static_cast<std::size_t>(t.shape.elements()), 0.0) {}
  NdArray(Type t, std::vector<double> v) : type(t), values(std::move(v)) {}

  std::int64_t size() const { return static_cast<std::int64_t>(values.size()); }
  double& operator[](std::int64_t i) { return values[static_cast<std::size_t>(i)]; }
  double operator[](std::int64_t i) const { return values[static_cast<std::size_t>(i)]; }

  /// Rounds every element to what the type can hold (float32: nearest even; int32: truncation).
  void round_to_type();
  /// Copies from and to memory that holds elements of the type.
  void load(const void* memory);
  void store(void* memory) const;
};

/// Calls visit(index) for every index of `shape` in row-major order; index has shape.rank()
/// entries.
template <class Visit>
void for_each_index(const Shape& shape, Visit visit) {
  std::array<std::int64_t, Shape::kMaxRank> index{};
  const std::int64_t count = shape.elements();
  for (std::int64_t i = 0; i < count; ++i) {
    visit(static_cast<const std::array<std::int64_t, Shape::kMaxRank>&>(index));
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      auto& at = index[static_cast<std::size_t>(axis)];
      if (++at < shape[axis]) break;
      at = 0;
    }
  }
}

/// Row-major offset of an index.
inline std::int64_t offset_of(const Shape& shape,
                              const std::array<std::int64_t, Shape::kMaxRank>& index) {
  std::int64_t offset = 0;
  for (int axis = 0; axis < shape.rank(); ++axis)
    offset = offset * shape[axis] + index[static_cast<std::size_t>(axis)];
  return offset;
}

}  // namespace agon
