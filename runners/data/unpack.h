#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace agon {

bool is_gzip(std::span<const std::uint8_t> bytes);

/// The first `size` bytes a file holds, unpacked if it is gzip (told by its first bytes), fewer if
/// it holds fewer. Reads no more of the file than that takes.
std::vector<std::uint8_t> contents_prefix(const std::string& path, std::int64_t size);

/// The contents of a file, plain or gzip, which must be exactly `size` bytes. Unpacking stops
/// there: a file that would unpack to more costs no memory, nor does one that is too short for so
/// much. Throws Error(Data) with expected and actual size, also for a gzip stream that is cut
/// short, damaged, or followed by other bytes.
std::vector<std::uint8_t> contents(const std::string& path, std::int64_t size);

}  // namespace agon
