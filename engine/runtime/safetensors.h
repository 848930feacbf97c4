#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ir/ndarray.h"
#include "engine/runtime/durable_file.h"
#include "engine/runtime/variables.h"

namespace agon {

/// The safetensors format (github.com/huggingface/safetensors): eight bytes of header length, a
/// JSON header, then the tensors one after another, little-endian, row-major.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;  // as in the file: "F32", "BF16", "I64", ...
  Shape shape;
  std::uint64_t begin = 0;  // bytes, from the first byte after the header
  std::uint64_t end = 0;
};

/// A file read whole and checked: header of at most 16 MiB and 65,536 tensors; no duplicate names,
/// gaps, overlaps or bytes nobody owns; sizes that fit dtype and shape. Anything else is an
/// Error(Data) naming file and tensor; nothing is allocated by what a header claims.
class SafetensorsFile {
 public:
  static constexpr std::uint64_t kMaxHeader = std::uint64_t{16} << 20;
  static constexpr std::size_t kMaxTensors = 65'536;

  explicit SafetensorsFile(const std::filesystem::path& path);

  /// In the order in which they lie in the file.
  const std::vector<SafetensorsEntry>& entries() const { return entries_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// Null if there is none.
  const SafetensorsEntry* find(std::string_view name) const;
  std::span<const std::byte> bytes(const SafetensorsEntry& entry) const;
  std::span<const std::byte> whole() const;

  /// F32, F64 and I32 as they are, F16 and BF16 as f32; Error(Data) for other dtypes.
  NdArray array(const SafetensorsEntry& entry) const;

 private:
  std::filesystem::path path_;
  Buffer content_;
  std::size_t data_start_ = 0;
  std::vector<SafetensorsEntry> entries_;
  std::map<std::string, std::string> metadata_;
};

/// Writes a file tensor by tensor; it appears under its name with finish() and not before.
class SafetensorsWriter {
 public:
  struct Item {
    std::string name;
    Type type;
  };
  SafetensorsWriter(const std::filesystem::path& path, std::vector<Item> items,
                    const std::map<std::string, std::string>& metadata = {});

  /// The elements of the next item, row-major.
  void write(const void* memory);
  /// All items must have been written. Gives the hash of the file.
  Digest finish();
  std::uint64_t bytes() const { return file_.bytes(); }

 private:
  DurableFile file_;
  std::vector<Item> items_;
  std::size_t next_ = 0;
};

/// All at once; names are the keys, in their order.
void write_safetensors(const std::filesystem::path& path,
                       const std::map<std::string, NdArray>& arrays,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace agon
