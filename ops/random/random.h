#pragma once
#include <string>

#include "engine/ir/graph.h"

namespace agon {

/// Draws are pure functions of (seed, stream, step, draw, element): element i of the row-major
/// tensor reads word i % 4 of Philox block (i / 4, step, draw) under stream_key(seed, stream)
/// (engine/base/philox.h).
struct RandomAttrs {
  Shape shape;
  DType dtype = DType::F32;
  std::int64_t seed = 0;
  std::string stream;
  static constexpr auto fields() {
    using A = RandomAttrs;
    return std::tuple{field("shape", &A::shape), field("dtype", &A::dtype), field("seed", &A::seed),
                      field("stream", &A::stream)};
  }
  bool operator==(const RandomAttrs&) const = default;
};

/// `step` and `draw` are f64 scalars holding whole numbers.
/// Op `random_uniform`: [0, 1) in 24 bits.
Value random_uniform(Value step, Value draw, RandomAttrs attrs);
/// Op `random_normal`: standard normal by the inverse of the cumulative distribution, a fixed
/// rational approximation of the uniform (word + 0.5) / 2^32 computed in double precision and
/// rounded once, so that every device gives the same bits.
Value random_normal(Value step, Value draw, RandomAttrs attrs);

}  // namespace agon
