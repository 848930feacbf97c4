#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "engine/base/sha256.h"
#include "engine/runtime/variables.h"

namespace agon {

/// A file that is there whole or not at all: written beside its name, flushed to the disk, then
/// renamed. Without commit() nothing stays. Every failure is an Error(Io) with path and reason; a
/// failed flush is never tried again.
class DurableFile {
 public:
  explicit DurableFile(std::filesystem::path path);
  ~DurableFile();
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  std::uint64_t bytes() const { return bytes_; }
  /// Flushes and renames; gives the hash of everything written.
  Digest commit();

 private:
  [[noreturn]] void fail(const std::string& what) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int file_ = -1;
  std::uint64_t bytes_ = 0;
  Sha256 hash_;
};

/// Makes renames in a folder survive a power cut. Throws Error(Io).
void flush_folder(const std::filesystem::path& folder);

/// The whole file by read(), which unlike a mapping fails cleanly when the file shrinks. Does not
/// follow a link. Throws Error(NoInput) when it is missing or may not be read, Error(Data) when it
/// is larger than `limit` or no plain file, Error(Io) when opening or reading fails.
Buffer read_file(const std::filesystem::path& path, std::uint64_t limit = UINT64_MAX);

}  // namespace agon
