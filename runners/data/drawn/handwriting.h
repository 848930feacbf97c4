#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/philox.h"
#include "runners/data/drawn/ink.h"

namespace agon {

/// Side of the picture that hands are measured in.
inline constexpr std::int64_t kDigitSide = 28;

/// A digit as somebody wrote it, in pixels of the picture it stands on.
struct Handwriting {
  std::vector<std::vector<PenPoint>> lines;
  double softness = 1;  // width of the fading edge
  double ink = 1;       // brightness
};

/// Writes digit `label`, its centre of mass near (x, y); `unit` pixels of the picture are one of a
/// picture of kDigitSide, in which digits are 18 to 21 high or wide.
Handwriting write_digit(RandomStream& random, std::int32_t label, double unit, double x, double y);

/// Its coverage in 0..1, moved by (dx, dy).
Ink inked(const Handwriting& writing, std::int64_t height, std::int64_t width, double dx = 0,
          double dy = 0);

}  // namespace agon
