#include "tests/survival/disk_change.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace agon {

namespace {
void require(bool done, const std::string& what) {
  if (!done) throw std::runtime_error(what + ": " + std::strerror(errno));
}
}  // namespace

FileByInode::FileByInode(const std::string& path) : file_(open(path.c_str(), O_RDWR | O_CLOEXEC)) {
  require(file_ >= 0, path);
}

FileByInode::~FileByInode() {
  close(file_);
}

struct stat FileByInode::facts() const {
  struct stat facts {};
  require(fstat(file_, &facts) == 0, "fstat");
  return facts;
}

bool FileByInode::is(const std::string& path) const {
  struct stat other {};
  const struct stat own = facts();
  return stat(path.c_str(), &other) == 0 && own.st_ino == other.st_ino &&
         own.st_dev == other.st_dev;
}

std::string FileByInode::bytes(std::uint64_t offset, std::uint64_t count) const {
  std::string text(count, '\0');
  const ssize_t done = pread(file_, text.data(), count, static_cast<off_t>(offset));
  require(done >= 0, "pread");
  text.resize(static_cast<std::size_t>(done));
  return text;
}

void FileByInode::put(std::uint64_t offset, const std::string& bytes) const {
  const ssize_t done = pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  require(done == static_cast<ssize_t>(bytes.size()), "pwrite");
}

void FileByInode::resize(std::uint64_t size) const {
  require(ftruncate(file_, static_cast<off_t>(size)) == 0, "ftruncate");
}

void undo(const DiskChange& change) {
  using Kind = DiskChange::Kind;
  const char* path = change.path.c_str();
  const char* other = change.other.c_str();
  switch (change.kind) {
    case Kind::Content:
      change.file->put(change.offset, change.old_bytes);
      change.file->resize(change.old_size);
      break;
    case Kind::Made:
      require(unlink(path) == 0, change.path);
      break;
    // with all that is in it, flushed or not: nothing leads there
    case Kind::MadeFolder:
      require(std::filesystem::remove_all(path) > 0, change.path);
      break;
    case Kind::Renamed:
      require(rename(other, path) == 0, change.other);
      break;
    case Kind::Exchanged:
      require(renameat2(AT_FDCWD, other, AT_FDCWD, path, RENAME_EXCHANGE) == 0, change.other);
      break;
    case Kind::RemovedFolder:
      require(mkdir(path, 0777) == 0, change.path);
      break;
    case Kind::Removed:
    case Kind::None:
      break;
  }
  if (change.kept.empty()) return;
  const std::string& name = change.kind == Kind::Renamed ? change.other : change.path;
  require(link(change.kept.c_str(), name.c_str()) == 0, name);
}

}  // namespace agon
