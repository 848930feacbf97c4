#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/runtime/checkpoint.h"
#include "engine/runtime/manifest.h"
#include "engine/runtime/safetensors_header.h"

namespace agon {

namespace {
namespace fs = std::filesystem;

constexpr const char* kVariablesFile = "variables.safetensors";
constexpr const char* kManifestFile = "manifest.json";
constexpr std::uint64_t kMaxManifest = std::uint64_t{64} << 20;

[[noreturn]] void refuse(const fs::path& file, const std::string& what) {
  throw Error(ExitCode::Data, fmt::format("{}: {}", file.string(), what));
}

std::string hash_of(std::span<const std::byte> bytes) {
  return hex_text(Sha256().update(bytes).finish());
}

/// "f32[2, 3]" of a tensor in a file; the file's word where it is none of ours.
std::string type_text(const SafetensorsEntry& entry) {
  for (const DType dtype : {DType::F32, DType::F64, DType::I32}) {
    if (safetensors_dtype(dtype) == entry.dtype) return to_text(Type{dtype, entry.shape});
  }
  return entry.dtype + to_text(entry.shape);
}

Manifest read_manifest(const fs::path& folder) {
  const fs::path path = folder / kManifestFile;
  const Buffer text = read_file(path, kMaxManifest);
  Manifest manifest =
      parse_manifest({static_cast<const char*>(text.data()), text.bytes()}, path.string());
  // also keeps a manifest from naming files elsewhere
  if (manifest.files.size() != 1 || !manifest.files.contains(kVariablesFile))
    refuse(path, fmt::format("expected the one file {}", kVariablesFile));
  return manifest;
}

void check_file(const fs::path& path, const SafetensorsFile& file, const Manifest::File& expected) {
  if (file.whole().size() != expected.bytes) {
    refuse(path, fmt::format("expected {} bytes, got {}", expected.bytes, file.whole().size()));
  }
  if (hash_of(file.whole()) != expected.sha256)
    refuse(path, "its SHA-256 is not the one in the manifest");
}

void check_tensors(const fs::path& path, const SafetensorsFile& file, const Manifest& manifest) {
  for (const SafetensorsEntry& entry : file.entries()) {
    const auto it = manifest.tensors.find(entry.name);
    const std::string name = printable(entry.name);
    if (it == manifest.tensors.end())
      refuse(path, fmt::format("tensor '{}' is not in the manifest", name));
    const std::string expected = it->second.dtype + it->second.shape;
    if (type_text(entry) != expected) {
      refuse(path,
             fmt::format("tensor '{}': expected {}, got {}", name, expected, type_text(entry)));
    }
    if (hash_of(file.bytes(entry)) != it->second.sha256)
      refuse(path, fmt::format("tensor '{}': its SHA-256 is not the one in the manifest", name));
  }
  if (file.entries().size() != manifest.tensors.size())
    refuse(path, "has fewer tensors than the manifest");
}

/// The step in "step-12"; nothing for any other name.
std::optional<std::int64_t> step_of(const std::string& name) {
  constexpr std::string_view kPrefix = "step-";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  std::int64_t step = -1;
  const char* end = name.data() + name.size();
  const auto [stop, failure] = std::from_chars(name.data() + kPrefix.size(), end, step);
  const bool plain = failure == std::errc() && stop == end && step >= 0;
  return plain && name == fmt::format("step-{}", step) ? std::optional(step) : std::nullopt;
}

}  // namespace

Checkpoint::Checkpoint(const fs::path& folder) : folder_(folder) {
  Manifest manifest = read_manifest(folder);
  const auto named = step_of(folder.filename().string());
  if (named && *named != manifest.step) {
    refuse(folder, fmt::format("its manifest says step {}", manifest.step));
  }
  const fs::path path = folder / kVariablesFile;
  tensors_ = std::make_unique<SafetensorsFile>(path);
  check_file(path, *tensors_, manifest.files.at(kVariablesFile));
  check_tensors(path, *tensors_, manifest);
  step_ = manifest.step;
  extra_ = std::move(manifest.extra);
}

fs::path Checkpoint::file() const {
  return folder_ / kVariablesFile;
}

Checkpoint::Difference Checkpoint::difference(const Variables& variables) const {
  Difference difference;
  for (const auto& variable : variables.all()) {
    if (variable.saved == Variables::Saved::No) continue;
    const SafetensorsEntry* entry = tensors_->find(variable.name);
    if (entry == nullptr) {
      difference.missing.push_back(variable.name);
      continue;
    }
    const std::string expected = to_text(Type{variable.type.dtype, variable.file.shape});
    if (type_text(*entry) != expected) {
      difference.changed.push_back(
          fmt::format("{}: expected {}, got {}", variable.name, expected, type_text(*entry)));
    }
  }
  for (const SafetensorsEntry& entry : tensors_->entries()) {
    if (variables.find(entry.name) == nullptr) difference.extra.push_back(printable(entry.name));
  }
  return difference;
}

std::set<std::string> Checkpoint::restore(Variables& variables,
                                          const std::set<std::string>& optional) const {
  Difference found = difference(variables);
  std::set<std::string> absent;
  for (const std::string& name : found.missing) {
    if (optional.contains(name)) absent.insert(name);
  }
  for (auto* names : {&found.missing, &found.extra})
    std::erase_if(*names, [&](const std::string& name) { return optional.contains(name); });
  if (!found.empty()) {
    const auto list = [](const std::vector<std::string>& names) {
      return names.empty() ? std::string("none") : joined(names);
    };
    refuse(folder_, fmt::format("is of another graph; missing: {}; extra: {}; changed: {}",
                                list(found.missing), list(found.extra), list(found.changed)));
  }
  for (const SafetensorsEntry& entry : tensors_->entries()) {
    Variables::Variable* variable = variables.find(entry.name);
    if (variable == nullptr) continue;
    const auto bytes = tensors_->bytes(entry);
    Buffer aligned(bytes.size());
    if (!bytes.empty()) std::ranges::copy(bytes, static_cast<std::byte*>(aligned.data()));
    Variables::from_file_order(*variable, aligned.data());
  }
  return absent;
}

std::vector<std::string> Checkpoint::nonfinite() const {
  std::vector<std::string> names;
  for (const SafetensorsEntry& entry : tensors_->entries()) {
    const NdArray array = tensors_->array(entry);
    const bool finite =
        std::ranges::all_of(array.values, [](double v) { return std::isfinite(v); });
    if (!finite) names.push_back(printable(entry.name));
  }
  return names;
}

NewestCheckpoint newest_checkpoint(const fs::path& checkpoints,
                                   std::optional<std::int64_t> before) {
  NewestCheckpoint newest;
  std::vector<std::int64_t> steps;
  std::error_code failure;
  for (fs::directory_iterator item(checkpoints, failure), end; !failure && item != end;
       item.increment(failure)) {
    const std::string name = item->path().filename().string();
    const auto step = step_of(name);
    if (!step) {
      newest.leftover.push_back(printable(name));
    } else if (!before || *step < *before) {
      steps.push_back(*step);
    }
  }
  // taken for empty, a run would begin again
  if (failure && failure != std::errc::no_such_file_or_directory) {
    throw Error(ExitCode::Io,
                fmt::format("{}: cannot be read: {}", checkpoints.string(), failure.message()));
  }
  std::ranges::sort(newest.leftover);
  std::ranges::sort(steps, std::greater<>());
  for (const std::int64_t step : steps) {
    try {
      newest.checkpoint.emplace(checkpoints / fmt::format("step-{}", step));
      break;
    } catch (const Error& e) {
      newest.refused.emplace_back(e.what());
    }
  }
  return newest;
}

}  // namespace agon
