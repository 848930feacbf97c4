#include "tests/fuzz/mutation.h"

#include <algorithm>
#include <span>

namespace agon {
namespace {

/// Bytes that mean something to one format or another.
constexpr std::uint8_t kTelling[] = {0,   1,   0x7F, 0x80, 0xFF, ' ', '\n', '"', ',', ':',
                                     '[', ']', '{',  '}',  '(',  ')', '-',  '.', '0', '9'};

struct Range {
  std::ptrdiff_t begin = 0;
  std::ptrdiff_t end = 0;
};

/// A place in `bytes`, its end included.
std::ptrdiff_t place(const Input& bytes, RandomStream& random) {
  return random.below(static_cast<std::uint32_t>(bytes.size() + 1));
}

Range range(const Input& bytes, RandomStream& random) {
  const std::ptrdiff_t a = place(bytes, random), b = place(bytes, random);
  return {std::min(a, b), std::max(a, b)};
}

void put_in(Input& input, const Input& from, RandomStream& random) {
  const Range piece = range(from, random);
  const Input copy(from.begin() + piece.begin, from.begin() + piece.end);
  input.insert(input.begin() + place(input, random), copy.begin(), copy.end());
}

void change_byte(Input& input, RandomStream& random) {
  const std::size_t at = random.below(static_cast<std::uint32_t>(input.size()));
  if (random.below(2) == 0) {
    input[at] ^= static_cast<std::uint8_t>(1u << random.below(8));
  } else {
    input[at] = kTelling[random.below(std::size(kTelling))];
  }
}

void change(Input& input, const Input& other, RandomStream& random) {
  if (input.empty()) return put_in(input, other, random);
  switch (random.below(6)) {
    case 0:
      return input.resize(static_cast<std::size_t>(place(input, random)));
    case 1: {
      const Range cut = range(input, random);
      input.erase(input.begin() + cut.begin, input.begin() + cut.end);
      return;
    }
    case 2:
      return put_in(input, Input(input), random);
    case 3:
      return put_in(input, other, random);
    default:
      return change_byte(input, random);
  }
}

}  // namespace

Input mutated(Input input, const Input& other, RandomStream& random) {
  const std::uint32_t changes = 1 + random.below(4);
  for (std::uint32_t i = 0; i < changes; ++i) change(input, other, random);
  return input;
}

}  // namespace agon
