#pragma once
#include <cstdint>

#include "engine/base/philox.h"

namespace agon {

/// A keyed permutation of [0, count) computed point by point, without a table: an alternating
/// Feistel network whose round function is Philox, walked along its cycle until it falls inside
/// [0, count) (Black and Rogaway: "Ciphers with arbitrary finite domains", CT-RSA 2002).
/// `tweak` chooses among permutations of one key (the epoch). 0 <= x < count < 2^62.
std::int64_t permuted(PhiloxKey key, std::uint64_t tweak, std::int64_t count, std::int64_t x);

}  // namespace agon
