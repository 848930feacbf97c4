#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "runners/data/picture.h"

namespace agon {

enum class PictureKind { Png, Jpeg, Other };

/// By the first bytes, never by the name.
PictureKind picture_kind(std::span<const std::uint8_t> bytes);

/// Decodes a PNG or JPEG held in memory or in a file; see png.h and jpeg.h for what is converted
/// and refused.
Picture decode_picture(std::span<const std::uint8_t> bytes, const std::string& path,
                       Conversions* conversions = nullptr);
Picture read_picture(const std::string& path, Conversions* conversions = nullptr);

/// Height, width and channels without decoding.
Picture read_picture_header(const std::string& path);

}  // namespace agon
