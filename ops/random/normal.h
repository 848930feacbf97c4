#pragma once
#include <cstdint>

namespace agon {

/// Phi^-1((word + 1/2) / 2^32): the standard normal number of a random word, in double precision,
/// within a relative error of 1e-10, and the same bits as the vector code (inverse_normal-inl.h).
double normal_of(std::uint32_t word);

}  // namespace agon
