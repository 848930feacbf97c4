#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>

namespace agon {

/// A file by its inode, whatever it is called by now. Everything throws std::runtime_error.
class FileByInode {
 public:
  explicit FileByInode(const std::string& path);
  ~FileByInode();
  FileByInode(const FileByInode&) = delete;
  FileByInode& operator=(const FileByInode&) = delete;

  std::uint64_t number() const { return facts().st_ino; }
  std::uint64_t size() const { return static_cast<std::uint64_t>(facts().st_size); }
  /// Whether it has this name now.
  bool is(const std::string& path) const;
  /// Up to `count` of its bytes.
  std::string bytes(std::uint64_t offset, std::uint64_t count) const;
  void put(std::uint64_t offset, const std::string& bytes) const;
  void resize(std::uint64_t size) const;

 private:
  struct stat facts() const;

  int file_;
};

/// Something done to files, with what is needed to undo it.
struct DiskChange {
  enum class Kind { None, Content, Made, MadeFolder, Renamed, Exchanged, Removed, RemovedFolder };
  Kind kind = Kind::None;
  std::string path;
  std::string other;  // of a rename, the new name
  std::string kept;   // a further name of the file that lost its own, if one did

  // of a content:
  std::shared_ptr<FileByInode> file;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  // that was written
  std::string old_bytes;   // from the offset on
  std::uint64_t old_size = 0;
  bool beyond_help = false;  // its flush failed

  bool is_name() const { return kind != Kind::Content; }
};

/// Undoes the newest change there is. Throws std::runtime_error.
void undo(const DiskChange& change);

}  // namespace agon
