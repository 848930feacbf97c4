#pragma once
#include <cstdint>
#include <span>

#include "runners/data/picture.h"

namespace agon {

/// Orientation 1..8 (tag 0x0112 of EXIF 2.3's first directory) in the body of an APP1 segment, or 0
/// where there is none or the segment is damaged.
int exif_orientation(std::span<const std::uint8_t> segment);

/// The picture as `orientation` says it is to be seen: 3 half a turn, 6 a quarter to the right, 8 a
/// quarter to the left; 2, 4, 5, 7 mirrored.
Picture oriented(const Picture& picture, int orientation);

}  // namespace agon
