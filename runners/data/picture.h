#pragma once
#include <cstdint>
#include <vector>

namespace agon {

/// Bytes [height, width, channels]; channels is 1 (grey) or 3 (RGB).
struct Picture {
  Picture() = default;
  Picture(std::int64_t h, std::int64_t w, std::int64_t c)
      : height(h), width(w), channels(c), bytes(static_cast<std::size_t>(h * w * c)) {}

  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  std::vector<std::uint8_t> bytes;

  bool operator==(const Picture&) const = default;
};

/// What a decoder had to change to get bytes of grey or RGB.
struct Conversions {
  bool palette = false;
  bool deep = false;     // 16 bits rounded to 8
  bool alpha = false;    // laid over white
  bool cmyk = false;     // to RGB
  bool rotated = false;  // as EXIF says
};

/// What every decoder refuses to go beyond.
inline constexpr std::int64_t kMostSide = 16384;
inline constexpr std::int64_t kMostPixels = std::int64_t{64} << 20;

/// The luma weights of ITU-R BT.601 (JPEG's too), in 1/65536: Y = 0.299 R + 0.587 G + 0.114 B.
inline constexpr std::uint32_t kLumaRed = 19595;
inline constexpr std::uint32_t kLumaGreen = 38470;
inline constexpr std::uint32_t kLumaBlue = 7471;

/// Grey to RGB by repetition, RGB to grey by luma, rounded.
Picture with_channels(const Picture& picture, std::int64_t channels);

/// Scales so that the picture just covers height x width, each new pixel the mean of the area it
/// covers, and cuts out the centre. Enlarging repeats pixels (with area-weighted borders). Rounded
/// to nearest; same bits on every machine.
Picture fitted(const Picture& picture, std::int64_t height, std::int64_t width);

}  // namespace agon
