#pragma once
#include "engine/ir/attrs.h"

namespace agon {

struct UpsampleAttrs {
  std::int64_t factor = 2;
  static constexpr auto fields() { return std::tuple{field("factor", &UpsampleAttrs::factor)}; }
  bool operator==(const UpsampleAttrs&) const = default;
};

}  // namespace agon
