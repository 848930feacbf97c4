#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "runners/data/drawn/drawn.h"
#include "runners/data/drawn/drawn_images.h"
#include "runners/data/drawn/handwriting.h"
#include "runners/data/failure.h"
#include "runners/data/source.h"

namespace agon {
namespace {

constexpr std::int64_t kSide = 32;
constexpr std::int64_t kFrames = 8;
constexpr double kShare = 0.7;  // of a digit, against one that fills a picture as in `digits`

/// A digit's way: where its middle begins and how far it moves from frame to frame, in widths of
/// the space its middle has.
struct Way {
  std::int32_t direction;  // at first, in eighths of a circle from the east, anticlockwise
  std::int32_t speed;      // 0 slow, 1 fast
  std::array<double, 2> start;
  std::array<double, 2> step;
};

Way draw_way(RandomStream& random) {
  Way way{};
  way.direction = static_cast<std::int32_t>(random.below(8));
  way.speed = static_cast<std::int32_t>(random.below(2));
  way.start = {random.uniform(), random.uniform()};
  const double angle = (way.direction + random.uniform(-0.25, 0.25)) * 2 * std::numbers::pi / 8;
  const double length = way.speed == 0 ? random.uniform(0.05, 0.1) : random.uniform(0.2, 0.3);
  way.step = {length * std::cos(angle), -length * std::sin(angle)};
  return way;
}

/// Where in 0..1 something is that came to `x` in a straight line, had there been no walls.
double bounced(double x) {
  return std::abs(std::remainder(x, 2.0));
}

/// First and last x (or y) of what is written.
std::array<double, 2> reach(const Handwriting& writing, double PenPoint::*axis) {
  std::array<double, 2> ends{1e9, -1e9};
  for (const auto& line : writing.lines) {
    for (const PenPoint& point : line) {
      ends[0] = std::min(ends[0], point.*axis - point.radius);
      ends[1] = std::max(ends[1], point.*axis + point.radius);
    }
  }
  return ends;
}

void draw(RandomStream& random, std::int32_t label, std::int64_t height, std::int64_t width,
          std::span<std::uint8_t> hwc) {
  const Way way = draw_way(random);
  const double unit = kShare * static_cast<double>(std::min(height, width)) / kDigitSide;
  const Handwriting writing = write_digit(random, label, unit, 0, 0);
  const auto [left, right] = reach(writing, &PenPoint::x);
  const auto [top, bottom] = reach(writing, &PenPoint::y);
  const std::size_t frames = hwc.size() / static_cast<std::size_t>(height * width);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    const auto t = static_cast<double>(frame);
    const double x = bounced(way.start[0] + t * way.step[0]);
    const double y = bounced(way.start[1] + t * way.step[1]);
    const Ink ink =
        inked(writing, height, width, x * (static_cast<double>(width) - right + left) - left,
              y * (static_cast<double>(height) - bottom + top) - top);
    for (std::size_t i = 0; i < ink.coverage().size(); ++i) {
      hwc[i * frames + frame] =
          static_cast<std::uint8_t>(std::floor(255 * writing.ink * ink.coverage()[i] + 0.5));
    }
  }
}

void labels(RandomStream& random, std::int32_t label, std::span<std::int32_t> into) {
  const Way way = draw_way(random);
  into[0] = label;
  into[1] = way.direction;
  into[2] = way.speed;
}

DataFacts inspect(const DataSpec& spec) {
  if (spec.channels)
    fail_at_key(spec, "channels", "moving_digits has `frames`, each a channel, and no `channels`");
  DataFacts facts;
  facts.labels = {named_list("label", {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}),
                  named_list("direction", {"east", "north-east", "north", "north-west", "west",
                                           "south-west", "south", "south-east"}),
                  named_list("speed", {"slow", "fast"})};
  set_drawn_counts(spec, facts);
  set_drawn_shape(spec, kSide, 1, facts);
  facts.frames = facts.channels = spec.frames.value_or(kFrames);
  return facts;
}

std::unique_ptr<DataSet> open(const DataSpec&, const DataFacts& facts, bool test) {
  return std::make_unique<DrawnImages>(Drawing{"moving_digits", facts.channels, draw, labels},
                                       facts, test);
}

}  // namespace

const Source kMovingDigits{"moving_digits", inspect, open};

}  // namespace agon
