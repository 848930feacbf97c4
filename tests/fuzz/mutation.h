#pragma once
#include <cstdint>
#include <vector>

#include "engine/base/philox.h"

namespace agon {

using Input = std::vector<std::uint8_t>;

/// The input after one to four random changes: a bit flipped, a byte replaced, a range cut out,
/// written twice, the end cut off, or a piece of `other` put in.
Input mutated(Input input, const Input& other, RandomStream& random);

}  // namespace agon
