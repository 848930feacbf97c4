#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "runners/data/picture.h"

namespace agon {

inline constexpr int kMostScans = 64;

bool is_jpeg(std::span<const std::uint8_t> bytes);

/// Height, width and channels as decode_jpeg will give them; no pixels. Throws as decode_jpeg, also
/// where `bytes` is a prefix that ends before the frame header.
Picture jpeg_header(std::span<const std::uint8_t> bytes, const std::string& path);

/// Decodes to bytes: grey stays grey, YCbCr becomes RGB, CMYK and YCCK (inverted where Adobe's
/// marker says so) become RGB as paper would look, and the EXIF orientation is applied. Throws
/// Error(Data) naming `path`: not a JPEG, beyond kMostSide, kMostPixels or kMostScans, cut short,
/// or anything libjpeg warns of.
Picture decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& path,
                    Conversions* conversions = nullptr);

}  // namespace agon
