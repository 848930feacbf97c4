#pragma once
#include "engine/ir/attrs.h"

namespace agon {

/// argmax and argmin.
struct AxisAttrs {
  std::int64_t axis = 0;
  static constexpr auto fields() { return std::tuple{field("axis", &AxisAttrs::axis)}; }
  bool operator==(const AxisAttrs&) const = default;
};

}  // namespace agon
