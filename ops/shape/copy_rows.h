#pragma once
#include <cstdint>
#include <cstring>

namespace agon {

/// Bytes from here on are worth another lane.
inline constexpr std::int64_t kCopyGrain = 65536;

/// Rows of a copy that make a piece.
inline std::int64_t rows_of_piece(std::int64_t bytes_of_row) {
  return bytes_of_row >= kCopyGrain ? 1 : kCopyGrain / (bytes_of_row > 0 ? bytes_of_row : 1);
}

/// Copies a row of whole elements (a multiple of four bytes); short ones without a call.
inline void copy_row(char* to, const char* from, std::int64_t bytes) {
  if (bytes > 64) {
    std::memcpy(to, from, static_cast<std::size_t>(bytes));
    return;
  }
  for (std::int64_t i = 0; i < bytes; i += 4) std::memcpy(to + i, from + i, 4);
}

/// Elements after `axis` in one step along it, in bytes.
template <class ShapeLike>
std::int64_t bytes_along(const ShapeLike& shape, std::int64_t axis, std::size_t element) {
  return shape.strides()[static_cast<std::size_t>(axis)] * static_cast<std::int64_t>(element);
}

}  // namespace agon
