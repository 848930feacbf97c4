#pragma once
#include <cstddef>
#include <string>

#include "engine/runtime/cpu/primitive_sequence.h"

namespace agon {

/// y [m, n] = a [m, k] b [k, n], dense float32 matrices.
struct DenseProduct {
  std::int64_t m, k, n;
  bool transpose_a = false;  // a is stored [k, m]
  bool add = false;          // onto what y holds
};
/// Appends the product to `sequence`, a and b its inputs 0 and 1, y its output. "" or why oneDNN
/// cannot multiply them fast.
std::string append_product(onednn::PrimitiveSequence& sequence, const DenseProduct& product);

/// Bytes of that many floats, in whole cache lines.
std::size_t line_bytes(std::int64_t floats);

/// The largest divisor of `count` for which that many times `elements` floats stay in the cache; at
/// least 1.
std::int64_t pieces_at_once(std::int64_t count, std::int64_t elements);

}  // namespace agon
