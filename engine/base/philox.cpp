#include "engine/base/philox.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "engine/base/sha256.h"

namespace agon {

PhiloxKey stream_key(std::int64_t seed, std::string_view stream) {
  const Digest digest = sha256(fmt::format("agon-random/{}/{}/{}", kRandomVersion, seed, stream));
  const auto word = [&](std::size_t at) {
    return std::uint32_t{digest[at]} | std::uint32_t{digest[at + 1]} << 8 |
           std::uint32_t{digest[at + 2]} << 16 | std::uint32_t{digest[at + 3]} << 24;
  };
  return {word(0), word(4)};
}

std::uint32_t RandomStream::word() {
  if (position_ % 4 == 0) {
    const std::uint64_t block = position_ / 4;
    block_ = philox({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                     static_cast<std::uint32_t>(index_), static_cast<std::uint32_t>(index_ >> 32)},
                    key_);
  }
  return block_[position_++ % 4];
}

std::uint32_t RandomStream::below(std::uint32_t bound) {
  std::uint64_t product = std::uint64_t{word()} * bound;
  if (static_cast<std::uint32_t>(product) < bound) {
    const std::uint32_t threshold = -bound % bound;
    while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{word()} * bound;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

double RandomStream::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

}  // namespace agon
