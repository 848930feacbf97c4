#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace agon {

/// F64 is for scalars that steer (learning rates, progress, step) and for checking gradients; I32
/// for labels.
enum class DType : std::uint8_t { F32, F64, I32 };

std::string_view name_of(DType dtype);  // "f32", "f64", "i32"
std::optional<DType> dtype_named(std::string_view name);
std::size_t bytes_of(DType dtype);
inline bool is_floating(DType dtype) {
  return dtype != DType::I32;
}

/// Sizes of a dense row-major tensor, outermost first. Rank 0 is a scalar. At most six axes.
/// Pictures are [batch, height, width, channels] throughout the engine; the language's
/// [channels, height, width] is mapped once, in graphs/.
class Shape {
 public:
  static constexpr int kMaxRank = 6;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> sizes)
      : Shape(std::span(sizes.begin(), sizes.size())) {}
  /// Throws GraphError for more than kMaxRank axes, a size below 0 or more than 2^58 elements.
  explicit Shape(std::span<const std::int64_t> sizes);

  int rank() const { return rank_; }
  std::int64_t operator[](int axis) const { return sizes_[static_cast<std::size_t>(axis)]; }
  std::int64_t back() const { return sizes_[static_cast<std::size_t>(rank_ - 1)]; }
  /// Number of elements, 1 for a scalar.
  std::int64_t elements() const;
  std::span<const std::int64_t> sizes() const {
    return {sizes_.data(), static_cast<std::size_t>(rank_)};
  }
  const std::int64_t* begin() const { return sizes_.data(); }
  const std::int64_t* end() const { return sizes_.data() + rank_; }

  Shape with(int axis, std::int64_t size) const;
  Shape without(int axis) const;
  /// Elements between neighbours along each axis in row-major order.
  std::array<std::int64_t, kMaxRank> strides() const;

  bool operator==(const Shape& other) const;

 private:
  std::array<std::int64_t, kMaxRank> sizes_{};
  int rank_ = 0;
};

/// "[64, 28, 28, 1]"; "[]" for a scalar.
std::string to_text(const Shape& shape);

struct Type {
  DType dtype = DType::F32;
  Shape shape;

  std::size_t bytes() const { return static_cast<std::size_t>(shape.elements()) * bytes_of(dtype); }
  bool operator==(const Type&) const = default;
};

/// "f32[64, 28, 28, 1]".
std::string to_text(const Type& type);

}  // namespace agon
