#pragma once
#include "engine/ir/graph.h"

namespace agon {

struct MatmulAttrs {
  bool transpose_a = false;
  bool transpose_b = false;
  static constexpr auto fields() {
    return std::tuple{field("transpose_a", &MatmulAttrs::transpose_a),
                      field("transpose_b", &MatmulAttrs::transpose_b)};
  }
  bool operator==(const MatmulAttrs&) const = default;
};

/// [m, k] x [k, n] -> [m, n], each operand as stored or transposed; rank 3 multiplies batch by
/// batch.
Value matmul(Value a, Value b, MatmulAttrs attrs = {});

}  // namespace agon
