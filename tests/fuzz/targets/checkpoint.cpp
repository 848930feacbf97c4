// A checkpoint: its manifest and its tensors. Hashes refuse nearly every change of either, so both
// are also tried with hashes that are right.
#include "engine/runtime/checkpoint.h"

#include <fmt/format.h>

#include "engine/runtime/manifest.h"
#include "engine/runtime/safetensors_header.h"
#include "tests/fuzz/allowed.h"
#include "tests/fuzz/scratch.h"

namespace agon {
namespace {

constexpr int kDeepest = 100;  // of a manifest that this file writes again, level by level

InputBytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string hash_of(std::span<const std::byte> bytes) {
  return hex_text(Sha256().update(bytes).finish());
}

int depth_of(std::string_view text) {
  int depth = 0, deepest = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  return deepest;
}

/// The manifest with the hash that its content asks for; "" where it is no JSON object.
std::string resealed(std::string_view text) {
  if (depth_of(text) > kDeepest) return "";
  nlohmann::json body = nlohmann::json::parse(text, nullptr, false);
  if (!body.is_object()) return "";
  body.erase("manifest_sha256");
  body["manifest_sha256"] = hex_text(sha256(body.dump()));
  return body.dump(1) + "\n";
}

void read_manifest(std::string_view text) {
  const Manifest manifest = parse_manifest(text, "manifest.json");
  require(manifest_text(manifest) == text, "a manifest is written in one way");
}

/// Reads every tensor; the manifest that a checkpoint with this file would have.
Manifest manifest_for(const SafetensorsFile& file) {
  Manifest manifest;
  manifest.files["variables.safetensors"] = {file.whole().size(), hash_of(file.whole())};
  for (const SafetensorsEntry& entry : file.entries()) {
    allow_refusal([&] {
      require(file.array(entry).type.shape == entry.shape, "a tensor has the shape of its entry");
    });
    std::string dtype = entry.dtype;
    for (const DType known : {DType::F32, DType::F64, DType::I32}) {
      if (safetensors_dtype(known) == dtype) dtype = name_of(known);
    }
    manifest.tensors[entry.name] = {dtype, to_text(entry.shape), hash_of(file.bytes(entry))};
  }
  return manifest;
}

void restore(const Checkpoint& checkpoint) {
  Variables variables;
  variables.add("w", Type{DType::F32, {2, 3}});
  variables.add("step", Type{DType::F64, {}});
  checkpoint.difference(variables);
  allow_refusal([&] { checkpoint.restore(variables, {"step"}); });
  checkpoint.nonfinite();
}

void open_checkpoint(InputBytes manifest, InputBytes tensors) {
  scratch_file("checkpoint/manifest.json", manifest);
  scratch_file("checkpoint/variables.safetensors", tensors);
  allow_refusal([&] { restore(Checkpoint(scratch_folder() + "/checkpoint")); });
}

}  // namespace
}  // namespace agon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace agon;
  Parts parts({data, size});
  const InputBytes manifest = parts.part(), tensors = parts.rest();
  open_checkpoint(manifest, tensors);
  if (const std::string sealed = resealed(text_of(manifest)); !sealed.empty())
    allow_refusal([&] { read_manifest(sealed); });
  allow_refusal([&] {
    const SafetensorsFile file(scratch_file("alone.safetensors", tensors));
    open_checkpoint(bytes_of(manifest_text(manifest_for(file))), tensors);
  });
  return 0;
}
