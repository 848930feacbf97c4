#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace agon {

/// Vector code of one instruction over a tile: out[i] = f(a[i], b[i], c[i], e[i]) for i < n. An
/// operand of kind 's' is one number for all of them. `out` may be one of the vector operands;
/// nothing beyond n elements is read or written, and an element's bits do not depend on where it
/// stands.
using TileCode = void (*)(float* out, const float* a, const float* b, const float* c,
                          const float* e, std::size_t n);

/// Code of an op of ops/pointwise (leaky_relu and elu take their number as second operand) or of
///   copy a; fill s: the number everywhere
///   muladd a b + c; mulsub a b - c; negmuladd c - a b: rounded once
///   submul (a - b) c; submuladd (a - b) c + e, of vectors
///   mix a b + c e; mix_square a b + (c c) e; b and e are numbers
///   rootadd sqrt(a) b + c; b and c are numbers
///   negdivmuladd e - (a / b) c; c is a number
///   leak: c where a > b, else c e; b and e are numbers
///   select_equal, select_greater, select_greater_equal: a ? b holds, then c, else e
/// `kinds` has a letter for each operand: v or s. Null where that combination has none; every op
/// has the one of vectors only, but fill (s) and those with numbers above (these alone). Null for
/// all where this processor has no vectors that fit.
TileCode find_tile_code(std::string_view op, std::string_view kinds);

/// Partial results joined in order: out[i] = the sum over p < parts of partial[p * stride + i], in
/// double precision; or the largest, a NaN if there is one.
using JoinCode = void (*)(const float* partial, std::int64_t stride, std::int64_t parts,
                          std::int64_t columns, float* out);
struct JoinFunctions {
  JoinCode sum, max;
};
/// Null where this processor has no vectors that fit.
const JoinFunctions* find_join();

}  // namespace agon
