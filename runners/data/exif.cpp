#include "runners/data/exif.h"

#include <algorithm>
#include <string_view>

namespace agon {
namespace {

struct Tiff {
  std::span<const std::uint8_t> bytes;
  bool big = false;

  /// 0 past the end: no valid field reads so.
  std::uint32_t number(std::size_t at, std::size_t size) const {
    if (at > bytes.size() || size > bytes.size() - at) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8 | bytes[at + (big ? i : size - 1 - i)];
    }
    return value;
  }
};

constexpr std::uint32_t kOrientationTag = 0x0112;
constexpr std::uint32_t kShort = 3;

}  // namespace

int exif_orientation(std::span<const std::uint8_t> segment) {
  constexpr std::string_view kMark("Exif\0\0", 6);
  if (segment.size() < 14 || !std::ranges::equal(segment.first(6), kMark)) return 0;
  Tiff tiff{segment.subspan(6)};
  tiff.big = tiff.bytes[0] == 'M';
  if (tiff.number(2, 2) != 42) return 0;
  const std::size_t directory = tiff.number(4, 4);
  const std::size_t entries = tiff.number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (tiff.number(entry, 2) != kOrientationTag) continue;
    const std::uint32_t value = tiff.number(entry + 8, 2);
    return tiff.number(entry + 2, 2) == kShort && value >= 1 && value <= 8 ? static_cast<int>(value)
                                                                           : 0;
  }
  return 0;
}

Picture oriented(const Picture& picture, int orientation) {
  if (orientation <= 1) return picture;
  const bool turned = orientation >= 5;
  const bool flip_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool flip_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Picture made = turned ? Picture(picture.width, picture.height, picture.channels)
                        : Picture(picture.height, picture.width, picture.channels);
  std::uint8_t* to = made.bytes.data();
  for (std::int64_t y = 0; y < made.height; ++y) {
    for (std::int64_t x = 0; x < made.width; ++x) {
      const std::int64_t across = turned ? y : x;
      const std::int64_t down = turned ? x : y;
      const std::int64_t from_x = flip_x ? picture.width - 1 - across : across;
      const std::int64_t from_y = flip_y ? picture.height - 1 - down : down;
      const std::uint8_t* from =
          picture.bytes.data() + (from_y * picture.width + from_x) * picture.channels;
      to = std::copy_n(from, picture.channels, to);
    }
  }
  return made;
}

}  // namespace agon
