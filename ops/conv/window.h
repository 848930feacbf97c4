#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "engine/base/error.h"
#include "engine/ir/type.h"

namespace agon {

/// Windows along one axis: `kernel` wide, `stride` apart, the first starting `pad_before` in front
/// of element 0.
struct WindowAxis {
  std::string_view name;  // "height" or "width"
  std::int64_t stride = 1;
  std::int64_t pad_before = 0;
  std::int64_t pad_after = 0;
  std::int64_t kernel = 1;

  /// floor((size + pad_before + pad_after - kernel) / stride) + 1; may be 0 or less.
  std::int64_t windows(std::int64_t size) const {
    const std::int64_t room = size + pad_before + pad_after - kernel;
    return (room >= 0 ? room / stride : -((-room + stride - 1) / stride)) + 1;
  }

  /// "floor((3 + 2 * 1 - 7) / 2) + 1 = 0".
  std::string arithmetic(std::int64_t size) const {
    const std::string padding =
        pad_before == pad_after
            ? (pad_before == 0 ? std::string() : fmt::format(" + 2 * {}", pad_before))
            : fmt::format(" + {} + {}", pad_before, pad_after);
    return fmt::format("floor(({}{} - {}) / {}) + 1 = {}", size, padding, kernel, stride,
                       windows(size));
  }

  /// Number of windows over `size` elements. Throws GraphError for a stride or kernel below 1,
  /// negative padding, or where no window fits.
  std::int64_t checked_windows(std::int64_t size) const {
    if (stride < 1) throw GraphError(fmt::format("expects a stride of at least 1, got {}", stride));
    if (kernel < 1)
      throw GraphError(fmt::format("expects a kernel {} of at least 1, got {}", name, kernel));
    if (pad_before < 0 || pad_after < 0) {
      throw GraphError(
          fmt::format("expects padding of at least 0, got {} and {}", pad_before, pad_after));
    }
    if (windows(size) < 1) {
      throw GraphError(
          fmt::format("output {} {}, expects at least 1: the kernel is larger than "
                      "the padded input",
                      name, arithmetic(size)));
    }
    return windows(size);
  }

  /// Throws GraphError unless windows over `size` number `count`: for the gradients of a pooling or
  /// convolution, whose attributes name the size of x.
  void check_count(std::int64_t size, std::int64_t count) const {
    if (checked_windows(size) != count) {
      throw GraphError(fmt::format("expects dy of {} {}, got {}", name, arithmetic(size), count));
    }
  }
};

inline void expect_rank4(std::string_view input, const char* axes, const Type& type) {
  if (type.shape.rank() != 4)
    throw GraphError(fmt::format("expects {} {}, got {}", input, axes, to_text(type.shape)));
}

/// All of one floating type.
inline void expect_one_floating_type(std::span<const Type> types) {
  for (const Type& type : types) {
    if (!is_floating(type.dtype))
      throw GraphError(fmt::format("expects floating inputs, got {}", to_text(type)));
    if (type.dtype != types[0].dtype) {
      throw GraphError(fmt::format("expects inputs of one type, got {} and {}", to_text(types[0]),
                                   to_text(type)));
    }
  }
}

}  // namespace agon
