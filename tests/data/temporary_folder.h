#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace agon {

using Bytes = std::vector<std::uint8_t>;

/// A folder of its own for one test, removed with it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  /// Writes a file, and the folders above it; returns its path.
  std::string write(const std::string& inside, const Bytes& bytes) const;

 private:
  std::string path_;
};

/// As `gzip` would.
Bytes gzipped(const Bytes& bytes);

/// "<shared>/data/<inside>", or "" where there is none: AGON_SHARED, or ../shared beside the
/// source.
std::string shared_data(const std::string& inside);

}  // namespace agon
