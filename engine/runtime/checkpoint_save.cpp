#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "engine/base/error.h"
#include "engine/runtime/checkpoint.h"
#include "engine/runtime/manifest.h"

namespace agon {

namespace {
namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& what, const std::string& reason) {
  throw Error(ExitCode::Io, fmt::format("{}: {}: {}", path.string(), what, reason));
}

/// A new folder beside `final`, removed with all in it unless it was moved away.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const fs::path& final) {
    static std::atomic<int> counter = 0;
    path_ = fmt::format("{}.tmp-{}-{}", final.string(), getpid(), counter++);
    std::error_code failure;
    fs::remove_all(path_, failure);  // of a process that had our number and was killed
    if (!fs::create_directory(path_, failure)) fail(path_, "cannot be made", failure.message());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Digest digest_of(std::span<const std::byte> bytes) {
  return Sha256().update(bytes).finish();
}

void write_variables(const fs::path& path, const Variables& variables, Manifest& manifest) {
  std::vector<SafetensorsWriter::Item> items;
  std::size_t largest = 0;
  for (const auto& variable : variables.all()) {
    if (variable.saved == Variables::Saved::No) continue;
    items.push_back({variable.name, {variable.type.dtype, variable.file.shape}});
    if (!variable.file.axes.empty()) largest = std::max(largest, variable.type.bytes());
  }
  Buffer filed(largest);
  SafetensorsWriter writer(path, items);
  for (const auto& variable : variables.all()) {
    if (variable.saved == Variables::Saved::No) continue;
    const void* memory = variable.memory.data();
    if (!variable.file.axes.empty()) {
      Variables::to_file_order(variable, filed.data());
      memory = filed.data();
    }
    writer.write(memory);
    const std::span bytes(static_cast<const std::byte*>(memory), variable.type.bytes());
    manifest.tensors[variable.name] = {std::string(name_of(variable.type.dtype)),
                                       to_text(variable.file.shape), hex_text(digest_of(bytes))};
  }
  const Digest hash = writer.finish();
  manifest.files[path.filename().string()] = {writer.bytes(), hex_text(hash)};
}

bool exchange(const fs::path& from, const fs::path& to) {
  return renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0;
}

/// Moves a folder to a name that may be taken: then both are exchanged in one go, so that at every
/// moment a whole checkpoint has that name. What cannot be flushed is taken back: it would count as
/// saved and might not outlive a power cut.
void put_in_place(const fs::path& from, const fs::path& to) {
  const bool is_free = rename(from.c_str(), to.c_str()) == 0;
  if (!is_free) {
    if (errno != ENOTEMPTY && errno != EEXIST) fail(to, "cannot be renamed", std::strerror(errno));
    if (!exchange(from, to)) fail(to, "cannot be replaced", std::strerror(errno));
  }
  try {
    flush_folder(to.parent_path());
  } catch (const Error&) {
    // no more can be done where this fails too
    [[maybe_unused]] const bool done =
        is_free ? rename(to.c_str(), from.c_str()) == 0 : exchange(from, to);
    throw;
  }
}

}  // namespace

fs::path save_checkpoint(const fs::path& checkpoints, const Variables& variables, std::int64_t step,
                         const nlohmann::json& extra) {
  std::error_code failure;
  fs::create_directories(checkpoints, failure);
  if (failure) fail(checkpoints, "cannot be made", failure.message());
  fs::path final = checkpoints / fmt::format("step-{}", step);
  const TemporaryFolder temporary(final);
  Manifest manifest;
  manifest.step = step;
  manifest.extra = extra;
  write_variables(temporary.path() / "variables.safetensors", variables, manifest);
  // last: a folder with a manifest is whole
  DurableFile file(temporary.path() / "manifest.json");
  file.write(manifest_text(manifest));
  file.commit();
  put_in_place(temporary.path(), final);
  return final;
}

}  // namespace agon
