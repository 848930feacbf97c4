#include "runners/data/drawn/handwriting.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "runners/data/drawn/glyphs.h"

namespace agon {
namespace {

constexpr int kSteps = 5;  // straight pieces to a span of a curve

/// How one example is written. Lengths in pixels of a 28-pixel picture.
struct Hand {
  double stretch;   // width against height
  double slant;     // x shift per unit of height
  double rotation;  // radians
  double bend;      // sideways bow, of the height
  double bend_phase;
  double wobble;    // deviation of each point, of the height
  double size;      // of the longer side
  double radius;    // half a line's width
  double pressure;  // change of radius from start to end, relative
  double taper;     // loss of radius towards the ends, relative
  double softness;  // width of the fading edge
  double ink;       // brightness
  double shift_x;
  double shift_y;
};

Hand draw_hand(RandomStream& random) {
  const auto spread = [&](double mean, double deviation) {
    return mean + deviation * std::clamp(random.normal(), -2.2, 2.2);
  };
  Hand hand{};
  hand.stretch = std::exp(spread(0.02, 0.17));
  hand.slant = spread(0.12, 0.21);
  hand.rotation = spread(0, 0.08);
  hand.bend = spread(0, 0.04);
  hand.bend_phase = random.uniform(0, 2 * std::numbers::pi);
  hand.wobble = random.uniform(0.005, 0.042);
  hand.size = random.uniform(18, 21);
  hand.radius = random.uniform(0.85, 2);
  hand.pressure = spread(0, 0.14);
  hand.taper = random.uniform(0, 0.3);
  hand.softness = random.uniform(1.1, 1.9);
  hand.ink = random.uniform(0.86, 1);
  hand.shift_x = random.uniform(-0.9, 0.9);
  hand.shift_y = random.uniform(-0.9, 0.9);
  return hand;
}

const Glyph& draw_glyph(RandomStream& random, std::int32_t label) {
  double total = 0;
  for (const Glyph& glyph : digit_glyphs()) total += glyph.label == label ? glyph.weight : 0;
  double left = random.uniform(0, total);
  const Glyph* chosen = nullptr;
  for (const Glyph& glyph : digit_glyphs()) {
    if (glyph.label != label) continue;
    chosen = &glyph;
    left -= glyph.weight;
    if (left < 0) break;
  }
  return *chosen;
}

using Lines = std::vector<std::vector<PenPoint>>;

/// The strokes in glyph units, bent and turned, with radii relative to the hand's.
Lines write(RandomStream& random, const Glyph& glyph, const Hand& hand) {
  const double cosine = std::cos(hand.rotation);
  const double sine = std::sin(hand.rotation);
  Lines lines;
  for (std::vector<GlyphPoint> points : glyph.strokes) {
    for (GlyphPoint& point : points) {
      point.x += hand.wobble * random.normal();
      point.y += hand.wobble * random.normal();
    }
    const std::vector<GlyphPoint> curve = curve_through(points, kSteps);
    std::vector<PenPoint>& line = lines.emplace_back();
    for (std::size_t i = 0; i < curve.size(); ++i) {
      const double t = static_cast<double>(i) / static_cast<double>(curve.size() - 1);
      const double y = curve[i].y - 0.5;
      const double bow = hand.bend * std::sin(std::numbers::pi * curve[i].y + hand.bend_phase);
      const double x = hand.stretch * (curve[i].x + bow) - hand.slant * y;
      const double ends = std::pow(std::abs(2 * t - 1), 3);
      line.push_back({cosine * x - sine * y, sine * x + cosine * y,
                      (1 + hand.pressure * (2 * t - 1)) * (1 - hand.taper * ends)});
    }
  }
  return lines;
}

/// Scales to the hand's size and puts the centre of mass in the middle, as MNIST does.
void place(Lines& lines, const Hand& hand, double unit, double x, double y) {
  double x_low = 1e9, x_high = -1e9, y_low = 1e9, y_high = -1e9;
  double mass = 0, x_mass = 0, y_mass = 0;
  for (const std::vector<PenPoint>& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      x_low = std::min(x_low, line[i].x);
      x_high = std::max(x_high, line[i].x);
      y_low = std::min(y_low, line[i].y);
      y_high = std::max(y_high, line[i].y);
      if (i == 0) continue;
      const PenPoint& a = line[i - 1];
      const PenPoint& b = line[i];
      const double ink = std::hypot(b.x - a.x, b.y - a.y) * (a.radius + b.radius);
      mass += ink;
      x_mass += ink * (a.x + b.x) / 2;
      y_mass += ink * (a.y + b.y) / 2;
    }
  }
  const double scale =
      unit * (hand.size - 2 * hand.radius) / std::max(x_high - x_low, y_high - y_low);
  const double x_middle = x + unit * hand.shift_x;
  const double y_middle = y + unit * hand.shift_y;
  for (std::vector<PenPoint>& line : lines) {
    for (PenPoint& point : line) {
      point = {x_middle + scale * (point.x - x_mass / mass),
               y_middle + scale * (point.y - y_mass / mass), unit * hand.radius * point.radius};
    }
  }
}

}  // namespace

Handwriting write_digit(RandomStream& random, std::int32_t label, double unit, double x, double y) {
  const Hand hand = draw_hand(random);
  Lines lines = write(random, draw_glyph(random, label), hand);
  place(lines, hand, unit, x, y);
  return {std::move(lines), std::max(1.0, hand.softness * unit), hand.ink};
}

Ink inked(const Handwriting& writing, std::int64_t height, std::int64_t width, double dx,
          double dy) {
  Ink ink(height, width);
  for (std::vector<PenPoint> line : writing.lines) {
    for (PenPoint& point : line) {
      point.x += dx;
      point.y += dy;
    }
    ink.stroke(line, writing.softness);
  }
  return ink;
}

}  // namespace agon
