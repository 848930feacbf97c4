#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "runners/data/data_set.h"

namespace agon {

/// The whole of a regular file. Throws Error: NoInput if missing or not a regular file, Permission
/// if it may not be read, Data if larger than `limit`, Io if reading fails.
std::vector<std::uint8_t> read_bytes(const std::string& path, std::int64_t limit);

/// The first `size` bytes, or fewer if the file is shorter.
std::vector<std::uint8_t> read_prefix(const std::string& path, std::int64_t size);

/// Size of a regular file; throws as read_bytes.
std::int64_t file_size(const std::string& path);

/// Size and SHA-256, read piece by piece.
DataFile described_file(const std::string& path);

}  // namespace agon
