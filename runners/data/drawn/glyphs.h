#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace agon {

/// A point of a glyph: x to the right, y down, the glyph one unit high. A corner breaks the curve.
struct GlyphPoint {
  double x;
  double y;
  bool corner = false;
};

/// One way of writing a class: pen strokes, each a smooth curve through its points.
struct Glyph {
  std::int32_t label;
  double weight;  // how often this way, among those of its class
  std::vector<std::vector<GlyphPoint>> strokes;
};

/// All ways of writing the ten digits, by label.
std::span<const Glyph> digit_glyphs();

/// Points along the curve through `points` (Catmull and Rom 1974), `steps` to a span, straight into
/// and out of corners.
std::vector<GlyphPoint> curve_through(std::span<const GlyphPoint> points, int steps);

}  // namespace agon
