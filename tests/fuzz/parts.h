#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace agon {

using InputBytes = std::span<const std::uint8_t>;

inline std::string_view text_of(InputBytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Takes an input apart from its front. Every input has all parts: what is missing is empty or 0.
class Parts {
 public:
  explicit Parts(InputBytes input) : left_(input) {}

  std::uint8_t byte() {
    const InputBytes taken = take(1);
    return taken.empty() ? std::uint8_t{0} : taken[0];
  }
  /// Three bytes of length, the lowest first, then so many bytes; fewer where the input ends.
  InputBytes part() {
    std::size_t size = byte();
    size |= std::size_t{byte()} << 8;
    size |= std::size_t{byte()} << 16;
    return take(size);
  }
  InputBytes rest() { return take(left_.size()); }

 private:
  InputBytes take(std::size_t size) {
    const InputBytes taken = left_.first(std::min(size, left_.size()));
    left_ = left_.subspan(taken.size());
    return taken;
  }

  InputBytes left_;
};

}  // namespace agon
