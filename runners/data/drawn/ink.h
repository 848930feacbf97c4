#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace agon {

/// A place on a pen's way, in pixels (x to the right, y down), and half the width of the line
/// there.
struct PenPoint {
  double x = 0;
  double y = 0;
  double radius = 0;
};

/// Coverage [height, width] in 0..1 of lines drawn with a round, soft pen. Signed distances to
/// segments whose radius changes evenly from end to end; lines unite by maximum.
class Ink {
 public:
  Ink(std::int64_t height, std::int64_t width);

  /// `softness`: over how many pixels the edge fades.
  void stroke(std::span<const PenPoint> points, double softness);
  std::span<const float> coverage() const { return coverage_; }

 private:
  void segment(const PenPoint& a, const PenPoint& b, double softness);

  std::int64_t height_;
  std::int64_t width_;
  std::vector<float> coverage_;
};

}  // namespace agon
