#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include "engine/base/sha256.h"
#include "engine/runtime/cuda/compiler.h"

namespace agon {

namespace {

namespace fs = std::filesystem;

/// A file is the hash of what follows its first line, then that.
std::string head_of(const std::string& result) {
  return hex_text(sha256(result)) + "\n";
}

std::optional<std::string> read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  const std::string all = std::move(text).str();
  const std::size_t end = all.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string result = all.substr(end + 1);
  if (result.empty() || all.substr(0, end + 1) != head_of(result)) return std::nullopt;
  return result;
}

/// Written beside its place and renamed, so that nobody reads half of it.
void write(const fs::path& path, const std::string& result) {
  static std::atomic<int> number = 0;
  const fs::path beside = fmt::format("{}.{}.{}", path.string(), getpid(), number++);
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  {
    std::ofstream file(beside, std::ios::binary);
    file << head_of(result) << result;
    file.flush();
    if (!file) failed = std::make_error_code(std::errc::io_error);
  }
  if (!failed) fs::rename(beside, path, failed);
  if (failed) fs::remove(beside, failed);
}

class KeptCompiler final : public DeviceCompiler {
 public:
  KeptCompiler(std::unique_ptr<DeviceCompiler> compiler, fs::path folder)
      : compiler_(std::move(compiler)), folder_(std::move(folder)) {}

  std::string compile(const std::string& source, int architecture) override {
    const std::string key = fmt::format("{}\nsm_{}\n{}", version(), architecture, source);
    const fs::path path = folder_ / hex_text(sha256(key));
    if (auto kept = read(path)) return *std::move(kept);
    std::string result = compiler_->compile(source, architecture);
    write(path, result);
    return result;
  }

  std::string version() const override { return compiler_->version(); }

 private:
  std::unique_ptr<DeviceCompiler> compiler_;
  fs::path folder_;
};

}  // namespace

std::unique_ptr<DeviceCompiler> kept(std::unique_ptr<DeviceCompiler> compiler,
                                     std::filesystem::path folder) {
  return std::make_unique<KeptCompiler>(std::move(compiler), std::move(folder));
}

std::filesystem::path kept_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && fs::path(cache).is_absolute()) return fs::path(cache) / "agon/kernels";
  const char* home = std::getenv("HOME");
  if (home != nullptr && fs::path(home).is_absolute())
    return fs::path(home) / ".cache/agon/kernels";
  return {};
}

}  // namespace agon
