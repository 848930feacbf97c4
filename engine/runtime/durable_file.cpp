#include "engine/runtime/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace agon {

namespace {

std::string reason() {
  return std::strerror(errno);
}

std::filesystem::path temporary_name(const std::filesystem::path& path) {
  static std::atomic<int> counter = 0;
  return fmt::format("{}.tmp-{}-{}", path.string(), getpid(), counter++);
}

class OpenFile {
 public:
  OpenFile(const std::filesystem::path& path, int flags) : file_(open(path.c_str(), flags)) {}
  ~OpenFile() {
    if (file_ >= 0) close(file_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return file_; }

 private:
  int file_;
};

}  // namespace

DurableFile::DurableFile(std::filesystem::path path)
    : path_(std::move(path)), temporary_(temporary_name(path_)) {
  file_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file_ < 0) fail("cannot be created");
}

DurableFile::~DurableFile() {
  if (file_ < 0) return;
  close(file_);
  unlink(temporary_.c_str());
}

void DurableFile::fail(const std::string& what) const {
  throw Error(ExitCode::Io, fmt::format("{}: {}: {}", path_.string(), what, reason()));
}

void DurableFile::write(std::span<const std::byte> bytes) {
  hash_.update(bytes);
  bytes_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t done = ::write(file_, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail("cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
}

void DurableFile::write(std::string_view text) {
  write(std::as_bytes(std::span(text)));
}

Digest DurableFile::commit() {
  if (fsync(file_) != 0) fail("cannot be flushed to the disk");
  if (rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot be renamed into place");
  if (close(std::exchange(file_, -1)) != 0) fail("cannot be closed");
  flush_folder(path_.has_parent_path() ? path_.parent_path() : ".");
  return hash_.finish();
}

void flush_folder(const std::filesystem::path& folder) {
  const OpenFile file(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file.get() < 0 || fsync(file.get()) != 0) {
    throw Error(ExitCode::Io,
                fmt::format("{}: cannot be flushed to the disk: {}", folder.string(), reason()));
  }
}

Buffer read_file(const std::filesystem::path& path, std::uint64_t limit) {
  // not blocking: a pipe in place of a file must not hang
  const OpenFile file(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file.get() < 0) {
    const bool is_missing = errno == ENOENT || errno == ENOTDIR || errno == EACCES;
    const ExitCode code = errno == ELOOP ? ExitCode::Data
                          : is_missing   ? ExitCode::NoInput
                                         : ExitCode::Io;
    throw Error(code, fmt::format("{}: cannot be opened: {}", path.string(), reason()));
  }
  struct stat facts {};
  if (fstat(file.get(), &facts) != 0)
    throw Error(ExitCode::Io, fmt::format("{}: {}", path.string(), reason()));
  if (!S_ISREG(facts.st_mode))
    throw Error(ExitCode::Data, path.string() + ": expected a plain file");
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  if (size > limit) {
    throw Error(ExitCode::Data, fmt::format("{}: expected at most {}, got {}", path.string(),
                                            bytes_text(static_cast<double>(limit)),
                                            bytes_text(static_cast<double>(size))));
  }
  Buffer buffer(size);
  std::size_t at = 0;
  while (at < size) {
    const ssize_t done = read(file.get(), static_cast<char*>(buffer.data()) + at, size - at);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) {
      throw Error(ExitCode::Io, fmt::format("{}: cannot be read: {}", path.string(), reason()));
    }
    if (done == 0)
      throw Error(ExitCode::Data, path.string() + ": became shorter while it was read");
    at += static_cast<std::size_t>(done);
  }
  return buffer;
}

}  // namespace agon
