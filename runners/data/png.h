#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runners/data/picture.h"

namespace agon {

bool is_png(std::span<const std::uint8_t> bytes);

/// Height, width and channels as decode_png will give them; no pixels. A prefix of the file that
/// reaches to the first IDAT is enough. Throws as decode_png.
Picture png_header(std::span<const std::uint8_t> bytes, const std::string& path);

/// Decodes to bytes. Palettes become RGB, 1, 2 and 4 bits are scaled to 8, 16 bits rounded to 8,
/// and what is transparent lies over white. Colour profiles and gamma are not applied. Throws
/// Error(Data) naming `path`: not a PNG, beyond kMostSide or kMostPixels, cut short, wrong CRC, or
/// anything libpng warns of. Memory stays within what the header implies; text and other ancillary
/// chunks are skipped unread. `conversions` collects what was converted.
Picture decode_png(std::span<const std::uint8_t> bytes, const std::string& path,
                   Conversions* conversions = nullptr);

/// Keyword (1 to 79 characters, Latin-1) and text (UTF-8).
using PngTexts = std::vector<std::pair<std::string, std::string>>;

/// Equal pictures and texts give equal bytes (with one libpng and zlib): fixed filters and level.
std::vector<std::uint8_t> encode_png(const Picture& picture, const PngTexts& texts = {});

/// Writes beside the target and renames. Throws Error(CantCreate).
void write_png(const std::string& path, const Picture& picture, const PngTexts& texts = {});

}  // namespace agon
