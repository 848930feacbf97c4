#include "engine/runtime/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/runtime/safetensors_header.h"

namespace agon {

static_assert(std::endian::native == std::endian::little);

namespace {

constexpr std::size_t kLengthBytes = 8;

float from_bf16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// IEEE 754 binary16; scaling by a power of two is exact.
float from_f16(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1Fu;
  const std::uint32_t fraction = bits & 0x3FFu;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000u | fraction << 13);
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

NdArray widened(const Shape& shape, std::span<const std::byte> bytes,
                float (*convert)(std::uint16_t)) {
  NdArray array(Type{DType::F32, shape});
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, bytes.data() + 2 * i, sizeof bits);
    array.values[i] = static_cast<double>(convert(bits));
  }
  return array;
}

NdArray plain(const Type& type, std::span<const std::byte> bytes) {
  NdArray array(type);
  Buffer aligned(bytes.size());  // tensors may lie at any byte
  if (!bytes.empty()) std::memcpy(aligned.data(), bytes.data(), bytes.size());
  array.load(aligned.data());
  return array;
}

std::string header_text(const std::vector<SafetensorsWriter::Item>& items,
                        const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t at = 0;
  for (const auto& [name, type] : items) {
    if (name == "__metadata__" || header.contains(name))
      throw InternalError("safetensors: '" + name + "' cannot name a tensor");
    const std::uint64_t end = at + type.bytes();
    header[name] = {{"dtype", safetensors_dtype(type.dtype)},
                    {"shape", type.shape.sizes()},
                    {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes, ' ');
  return text;
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : path_(path), content_(read_file(path)) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ExitCode::Data, fmt::format("{}: {}", path_.string(), what));
  };
  if (content_.bytes() < kLengthBytes) refuse("is too short to be a safetensors file");
  std::uint64_t length = 0;
  std::memcpy(&length, content_.data(), kLengthBytes);
  const std::string_view start(static_cast<const char*>(content_.data()), kLengthBytes);
  // a zip archive, or a pickle of protocol 2 and up
  if (length > kMaxHeader && (start.starts_with("PK\3\4") || start[0] == '\x80'))
    refuse("looks like pickled objects, which are never loaded; save the tensors as safetensors");
  if (length > kMaxHeader)
    refuse(fmt::format("the header claims {} bytes, at most {} are read", length, kMaxHeader));
  if (length > content_.bytes() - kLengthBytes)
    refuse(fmt::format("the header claims {} bytes, the file has {}", length, content_.bytes()));
  data_start_ = kLengthBytes + length;
  const std::string_view json(static_cast<const char*>(content_.data()) + kLengthBytes, length);
  SafetensorsHeader header =
      parse_safetensors_header(json, content_.bytes() - data_start_, path_.string());
  entries_ = std::move(header.entries);
  metadata_ = std::move(header.metadata);
}

const SafetensorsEntry* SafetensorsFile::find(std::string_view name) const {
  const auto it = std::ranges::find(entries_, name, &SafetensorsEntry::name);
  return it == entries_.end() ? nullptr : &*it;
}

std::span<const std::byte> SafetensorsFile::bytes(const SafetensorsEntry& entry) const {
  return whole().subspan(data_start_ + entry.begin, entry.end - entry.begin);
}

std::span<const std::byte> SafetensorsFile::whole() const {
  return {static_cast<const std::byte*>(content_.data()), content_.bytes()};
}

NdArray SafetensorsFile::array(const SafetensorsEntry& entry) const {
  if (entry.dtype == "BF16") return widened(entry.shape, bytes(entry), from_bf16);
  if (entry.dtype == "F16") return widened(entry.shape, bytes(entry), from_f16);
  for (const DType dtype : {DType::F32, DType::F64, DType::I32}) {
    if (entry.dtype == safetensors_dtype(dtype))
      return plain(Type{dtype, entry.shape}, bytes(entry));
  }
  throw Error(ExitCode::Data,
              fmt::format("{}: tensor '{}': expected F32, F64, I32, F16 or BF16, got {}",
                          path_.string(), printable(entry.name), entry.dtype));
}

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path, std::vector<Item> items,
                                     const std::map<std::string, std::string>& metadata)
    : file_(path), items_(std::move(items)) {
  const std::string header = header_text(items_, metadata);
  const std::uint64_t length = header.size();
  file_.write(std::as_bytes(std::span(&length, 1)));
  file_.write(header);
}

void SafetensorsWriter::write(const void* memory) {
  if (next_ == items_.size()) throw InternalError("safetensors: more tensors than announced");
  const std::size_t bytes = items_[next_++].type.bytes();
  file_.write(std::span(static_cast<const std::byte*>(memory), bytes));
}

Digest SafetensorsWriter::finish() {
  if (next_ != items_.size()) throw InternalError("safetensors: fewer tensors than announced");
  return file_.commit();
}

void write_safetensors(const std::filesystem::path& path,
                       const std::map<std::string, NdArray>& arrays,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<SafetensorsWriter::Item> items;
  for (const auto& [name, array] : arrays) items.push_back({name, array.type});
  SafetensorsWriter writer(path, items, metadata);
  for (const auto& [name, array] : arrays) {
    Buffer memory(array.type.bytes());
    array.store(memory.data());
    writer.write(memory.data());
  }
  writer.finish();
}

}  // namespace agon
