#pragma once
#include "engine/ir/type.h"
#include "ops/matmul/matmul.h"

namespace agon {

/// Sizes of `batch` products [m, k] x [k, n], transposition undone. `b_k` is what b says of k.
struct MatmulGeometry {
  std::int64_t batch, m, n, k, b_k;

  MatmulGeometry(const Shape& a, const Shape& b, const MatmulAttrs& attrs)
      : batch(a.rank() == 3 ? a[0] : 1),
        m(a[a.rank() - (attrs.transpose_a ? 1 : 2)]),
        n(b[b.rank() - (attrs.transpose_b ? 2 : 1)]),
        k(a[a.rank() - (attrs.transpose_a ? 2 : 1)]),
        b_k(b[b.rank() - (attrs.transpose_b ? 1 : 2)]) {}
};

}  // namespace agon
