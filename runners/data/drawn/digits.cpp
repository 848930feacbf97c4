#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "runners/data/drawn/drawn.h"
#include "runners/data/drawn/drawn_images.h"
#include "runners/data/drawn/glyphs.h"
#include "runners/data/drawn/ink.h"
#include "runners/data/source.h"

namespace agon {
namespace {

constexpr std::int64_t kSide = 28;
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
void place(Lines& lines, const Hand& hand, std::int64_t height, std::int64_t width) {
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
  const double unit = static_cast<double>(std::min(height, width)) / kSide;
  const double scale =
      unit * (hand.size - 2 * hand.radius) / std::max(x_high - x_low, y_high - y_low);
  const double x_middle = static_cast<double>(width) / 2 + unit * hand.shift_x;
  const double y_middle = static_cast<double>(height) / 2 + unit * hand.shift_y;
  for (std::vector<PenPoint>& line : lines) {
    for (PenPoint& point : line) {
      point = {x_middle + scale * (point.x - x_mass / mass),
               y_middle + scale * (point.y - y_mass / mass), unit * hand.radius * point.radius};
    }
  }
}

void draw(RandomStream& random, std::int32_t label, std::int64_t height, std::int64_t width,
          std::span<std::uint8_t> hwc) {
  const Hand hand = draw_hand(random);
  Lines lines = write(random, draw_glyph(random, label), hand);
  place(lines, hand, height, width);
  const double unit = static_cast<double>(std::min(height, width)) / kSide;
  Ink ink(height, width);
  for (const std::vector<PenPoint>& line : lines) {
    ink.stroke(line, std::max(1.0, hand.softness * unit));
  }
  for (std::size_t i = 0; i < hwc.size(); ++i) {
    hwc[i] = static_cast<std::uint8_t>(255 * hand.ink * ink.coverage()[i] + 0.5);
  }
}

DataFacts inspect(const DataSpec& spec) {
  DataFacts facts;
  facts.classes = 10;
  for (int digit = 0; digit < 10; ++digit) facts.class_names.push_back(std::to_string(digit));
  set_drawn_counts(spec, facts);
  set_drawn_shape(spec, kSide, 1, facts);
  return facts;
}

std::unique_ptr<DataSet> open(const DataSpec&, const DataFacts& facts, bool test) {
  return std::make_unique<DrawnImages>(Drawing{"digits", 1, draw}, facts, test);
}

}  // namespace

const Source kDigits{"digits", inspect, open};

}  // namespace agon
