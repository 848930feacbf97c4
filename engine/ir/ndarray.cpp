#include "engine/ir/ndarray.h"

#include <cmath>

namespace agon {

void NdArray::round_to_type() {
  if (type.dtype == DType::F64) return;
  for (double& value : values) {
    value = type.dtype == DType::F32 ? static_cast<double>(static_cast<float>(value))
                                     : std::trunc(value);
  }
}

namespace {
template <class T>
void load_as(const void* memory, std::vector<double>& values) {
  const T* from = static_cast<const T*>(memory);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(from[i]);
}

template <class T>
void store_as(const std::vector<double>& values, void* memory) {
  T* to = static_cast<T*>(memory);
  for (std::size_t i = 0; i < values.size(); ++i) to[i] = static_cast<T>(values[i]);
}
}  // namespace

void NdArray::load(const void* memory) {
  switch (type.dtype) {
    case DType::F32:
      return load_as<float>(memory, values);
    case DType::F64:
      return load_as<double>(memory, values);
    case DType::I32:
      return load_as<std::int32_t>(memory, values);
  }
}

void NdArray::store(void* memory) const {
  switch (type.dtype) {
    case DType::F32:
      return store_as<float>(values, memory);
    case DType::F64:
      return store_as<double>(values, memory);
    case DType::I32:
      return store_as<std::int32_t>(values, memory);
  }
}

}  // namespace agon
