#include "runners/data/file_bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/base/error.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "runners/data/failure.h"

namespace agon {
namespace {

class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : path_(path) {
    // Non-blocking, so that a FIFO without a writer cannot stop the program.
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0) fail_to_read(path, errno);
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
      ::close(descriptor_);
      throw Error(ExitCode::NoInput, fmt::format("'{}' is not a regular file", printable(path)));
    }
    size_ = status.st_size;
  }
  ~OpenFile() { ::close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  std::int64_t size() const { return size_; }

  /// Reads until `room` is full or the file ends; how much was read.
  std::size_t read(std::span<std::uint8_t> room) {
    std::size_t done = 0;
    while (done < room.size()) {
      const ssize_t got = ::read(descriptor_, room.data() + done, room.size() - done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail_to_read(path_, errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

 private:
  std::string path_;
  int descriptor_;
  std::int64_t size_ = 0;
};

}  // namespace

std::vector<std::uint8_t> read_bytes(const std::string& path, std::int64_t limit) {
  OpenFile file(path);
  if (file.size() > limit) {
    fail_in_file(path, fmt::format("has {}, more than the {} such a file may have",
                                   bytes_text(static_cast<double>(file.size())),
                                   bytes_text(static_cast<double>(limit))));
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(file.size()));
  if (file.read(bytes) != bytes.size()) fail_in_file(path, "became shorter while it was read");
  return bytes;
}

std::vector<std::uint8_t> read_prefix(const std::string& path, std::int64_t size) {
  OpenFile file(path);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(std::min(size, file.size())));
  bytes.resize(file.read(bytes));
  return bytes;
}

std::int64_t file_size(const std::string& path) {
  return OpenFile(path).size();
}

DataFile described_file(const std::string& path) {
  OpenFile file(path);
  Sha256 hash;
  DataFile described{path, 0, ""};
  std::vector<std::uint8_t> piece(std::size_t{1} << 18);
  for (;;) {
    const std::size_t got = file.read(piece);
    hash.update(std::as_bytes(std::span(piece).first(got)));
    described.bytes += static_cast<std::int64_t>(got);
    if (got < piece.size()) break;
  }
  described.sha256 = hex_text(hash.finish());
  return described;
}

}  // namespace agon
