#pragma once
#include <string>
#include <string_view>

#include "engine/runtime/safetensors.h"

namespace agon {

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // by position in the file
  std::map<std::string, std::string> metadata;
};

/// Reads and checks a header that describes `data_bytes` bytes; `file` is put before messages.
SafetensorsHeader parse_safetensors_header(std::string_view json, std::uint64_t data_bytes,
                                           const std::string& file);

/// The file's word for a dtype: "F32".
std::string safetensors_dtype(DType dtype);

}  // namespace agon
