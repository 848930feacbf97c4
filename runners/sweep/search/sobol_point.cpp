#include "runners/sweep/search/sobol_point.h"

#include <bit>

#include "runners/sweep/search/sobol_directions.h"

namespace agon {

namespace {

constexpr std::size_t kBits = 32;
using Directions = std::array<std::uint32_t, kBits>;
using Table = std::array<Directions, kSobolCoordinates>;

/// The recurrence of Bratley and Fox ("Algorithm 659", ACM TOMS 1988), in 32 binary places.
constexpr Directions directions_of(const SobolDirections& made) {
  const auto degree = static_cast<std::size_t>(std::bit_width(made.polynomial)) - 1;
  Directions result{};
  for (std::size_t k = 0; k < kBits; ++k) {
    if (k < degree) {
      result[k] = made.first[k] << (kBits - 1 - k);
      continue;
    }
    result[k] = result[k - degree] ^ (result[k - degree] >> degree);
    for (std::size_t j = 1; j < degree; ++j) {
      if (made.polynomial >> (degree - j) & 1) result[k] ^= result[k - j];
    }
  }
  return result;
}

constexpr Table all_directions() {
  Table table{};
  for (std::size_t k = 0; k < kBits; ++k) table[0][k] = std::uint32_t{1} << (kBits - 1 - k);
  for (std::size_t i = 1; i < table.size(); ++i) table[i] = directions_of(kSobolDirections[i - 1]);
  return table;
}

}  // namespace

std::vector<double> sobol_point(std::uint32_t number, std::size_t coordinates,
                                RandomStream& shift) {
  static constexpr Table kTable = all_directions();
  std::vector<double> point(coordinates);
  for (std::size_t i = 0; i < coordinates; ++i) {
    std::uint32_t word = shift.word();
    for (std::size_t bit = 0; bit < kBits; ++bit) {
      if (number >> bit & 1) word ^= kTable.at(i)[bit];
    }
    point[i] = static_cast<double>(word) * 0x1p-32;
  }
  return point;
}

}  // namespace agon
