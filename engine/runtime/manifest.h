#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace agon {

/// manifest.json of a checkpoint.
struct Manifest {
  struct Tensor {
    std::string dtype;
    std::string shape;  // "[2, 3]"
    std::string sha256;
    bool operator==(const Tensor&) const = default;
  };
  struct File {
    std::uint64_t bytes = 0;
    std::string sha256;
    bool operator==(const File&) const = default;
  };
  std::int64_t step = 0;
  std::map<std::string, Tensor> tensors;
  std::map<std::string, File> files;
  nlohmann::json extra;
};

std::string manifest_text(const Manifest& manifest);
/// Throws Error(Data) for every text that manifest_text would not have written; `file` is put
/// before messages.
Manifest parse_manifest(std::string_view text, const std::string& file);

}  // namespace agon
