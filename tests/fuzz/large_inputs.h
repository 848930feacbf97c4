#pragma once
#include <ostream>
#include <span>
#include <string>
#include <string_view>

namespace agon {

/// An input of at most 1 MiB that is made to cost far more than its size: long, deep or wide.
struct LargeInput {
  std::string_view target;
  std::string_view name;
  std::string (*make)();
};

/// How tests show it.
inline std::ostream& operator<<(std::ostream& out, const LargeInput& input) {
  return out << input.target << " " << input.name;
}

std::span<const LargeInput> large_configs();
std::span<const LargeInput> large_files();
/// Pictures of the most pixels there may be, for decode_picture; the target of small ones has a
/// limit of its own.
std::span<const LargeInput> large_pictures();

/// `text`, n times.
std::string repeated(std::string_view text, int n);
/// "a0b a1b a2b" without the blanks.
std::string numbered(std::string_view a, std::string_view b, int n);

enum class Packing { Zlib, Gzip };
/// So many zeros in a thousandth of their bytes.
std::string packed_zeros(Packing packing, std::size_t zeros);

}  // namespace agon
