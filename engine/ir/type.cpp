#include "engine/ir/type.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

namespace {
struct DTypeRow {
  DType dtype;
  std::string_view name;
  std::size_t bytes;
};
constexpr std::array kDTypes = {DTypeRow{DType::F32, "f32", 4}, DTypeRow{DType::F64, "f64", 8},
                                DTypeRow{DType::I32, "i32", 4}};

const DTypeRow& row(DType dtype) {
  return kDTypes[static_cast<std::size_t>(dtype)];
}
}  // namespace

std::string_view name_of(DType dtype) {
  return row(dtype).name;
}

std::optional<DType> dtype_named(std::string_view name) {
  for (const DTypeRow& r : kDTypes) {
    if (r.name == name) return r.dtype;
  }
  return std::nullopt;
}

std::size_t bytes_of(DType dtype) {
  return row(dtype).bytes;
}

Shape::Shape(std::span<const std::int64_t> sizes) : rank_(static_cast<int>(sizes.size())) {
  if (sizes.size() > kMaxRank) {
    throw GraphError(
        fmt::format("a tensor has at most {} axes, got {}", int{kMaxRank}, list_text(sizes)));
  }
  std::copy(sizes.begin(), sizes.end(), sizes_.begin());
  std::int64_t elements = 1;
  for (const std::int64_t size : sizes) {
    if (size < 0) throw GraphError(fmt::format("negative size in shape {}", list_text(sizes)));
    if (__builtin_mul_overflow(elements, std::max<std::int64_t>(size, 1), &elements) ||
        elements > (std::int64_t{1} << 58)) {
      double numbers = 1;
      for (const std::int64_t s : sizes)
        numbers *= static_cast<double>(std::max<std::int64_t>(s, 1));
      throw GraphError(fmt::format("shape {} needs {}, more than any machine has", list_text(sizes),
                                   bytes_text(numbers * static_cast<double>(sizeof(float)))));
    }
  }
}

std::int64_t Shape::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t size : *this) product *= size;
  return product;
}

Shape Shape::with(int axis, std::int64_t size) const {
  std::array<std::int64_t, kMaxRank> sizes = sizes_;
  sizes[static_cast<std::size_t>(axis)] = size;
  return Shape(std::span(sizes.data(), static_cast<std::size_t>(rank_)));
}

Shape Shape::without(int axis) const {
  Shape result;
  for (int i = 0; i < rank_; ++i) {
    if (i != axis) result.sizes_[static_cast<std::size_t>(result.rank_++)] = (*this)[i];
  }
  return result;
}

std::array<std::int64_t, Shape::kMaxRank> Shape::strides() const {
  std::array<std::int64_t, kMaxRank> result{};
  std::int64_t stride = 1;
  for (int axis = rank_ - 1; axis >= 0; --axis) {
    result[static_cast<std::size_t>(axis)] = stride;
    stride *= (*this)[axis];
  }
  return result;
}

bool Shape::operator==(const Shape& other) const {
  return std::equal(begin(), end(), other.begin(), other.end());
}

std::string to_text(const Shape& shape) {
  return list_text(shape.sizes());
}

std::string to_text(const Type& type) {
  return fmt::format("{}{}", name_of(type.dtype), to_text(type.shape));
}

}  // namespace agon
