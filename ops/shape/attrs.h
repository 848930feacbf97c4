#pragma once
#include <vector>

#include "engine/ir/attrs.h"

namespace agon {

/// reshape and broadcast.
struct ShapeAttrs {
  Shape shape;
  static constexpr auto fields() { return std::tuple{field("shape", &ShapeAttrs::shape)}; }
  bool operator==(const ShapeAttrs&) const = default;
};

/// Output axis i is input axis axes[i].
struct TransposeAttrs {
  std::vector<std::int64_t> axes;
  static constexpr auto fields() { return std::tuple{field("axes", &TransposeAttrs::axes)}; }
  bool operator==(const TransposeAttrs&) const = default;
};

struct ConcatAttrs {
  std::int64_t axis = 0;
  static constexpr auto fields() { return std::tuple{field("axis", &ConcatAttrs::axis)}; }
  bool operator==(const ConcatAttrs&) const = default;
};

/// [from, to) along one axis.
struct SliceAttrs {
  std::int64_t axis = 0, from = 0, to = 0;
  static constexpr auto fields() {
    using A = SliceAttrs;
    return std::tuple{field("axis", &A::axis), field("from", &A::from), field("to", &A::to)};
  }
  bool operator==(const SliceAttrs&) const = default;
};

/// One entry an axis.
struct PadAttrs {
  std::vector<std::int64_t> before, after;
  static constexpr auto fields() {
    return std::tuple{field("before", &PadAttrs::before), field("after", &PadAttrs::after)};
  }
  bool operator==(const PadAttrs&) const = default;
};

struct ScatterAttrs {
  std::int64_t rows = 1;
  static constexpr auto fields() { return std::tuple{field("rows", &ScatterAttrs::rows)}; }
  bool operator==(const ScatterAttrs&) const = default;
};

struct OneHotAttrs {
  std::int64_t classes = 1;
  DType dtype = DType::F32;
  static constexpr auto fields() {
    return std::tuple{field("classes", &OneHotAttrs::classes), field("dtype", &OneHotAttrs::dtype)};
  }
  bool operator==(const OneHotAttrs&) const = default;
};

struct IotaAttrs {
  std::int64_t n = 1;
  static constexpr auto fields() { return std::tuple{field("n", &IotaAttrs::n)}; }
  bool operator==(const IotaAttrs&) const = default;
};

/// Where row `label` lies in a table of `rows` rows: row 0 for labels outside.
inline std::int64_t row_of(std::int64_t label, std::int64_t rows) {
  return label >= 0 && label < rows ? label : 0;
}

}  // namespace agon
