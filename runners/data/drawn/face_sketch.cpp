#include <cmath>

#include "runners/data/drawn/face.h"
#include "runners/data/picture.h"

namespace agon {
namespace {

constexpr std::int64_t kFinest = 128;  // pixels a side on which pencil lines are drawn, at least
constexpr Color kPaper{.97f, .96f, .92f};
constexpr Color kGraphite{.17f, .17f, .20f};

/// A face in grey, in 0..1, [height, width].
struct Tones {
  std::int64_t height;
  std::int64_t width;
  std::vector<float> values;

  float at(std::int64_t y, std::int64_t x) const {
    return values[static_cast<std::size_t>(std::clamp<std::int64_t>(y, 0, height - 1) * width +
                                           std::clamp<std::int64_t>(x, 0, width - 1))];
  }
};

/// The face before an empty sheet: no background, skin and shirt light enough for lines to show.
Tones tones_of(Face face, std::int64_t height, std::int64_t width) {
  face.background_low = face.background_high = {1, 1, 1};
  face.skin = mix(face.skin, {1, .97f, .94f}, .42f);
  face.shirt = mix(face.shirt, {1, 1, 1}, .35f);
  Painting painting(height, width);
  paint_face(face, painting);
  Picture picture(height, width, 3);
  painting.to_bytes(picture.bytes);
  picture = with_channels(picture, 1);
  Tones tones{height, width, {}};
  for (const std::uint8_t byte : picture.bytes)
    tones.values.push_back(static_cast<float>(byte) / 255);
  return tones;
}

/// How strongly a line is drawn at a pixel: the slope of the tones, seen over two pixels each way.
float line_at(const Tones& tones, std::int64_t y, std::int64_t x) {
  const auto mean = [&](std::int64_t down, std::int64_t right) {
    return (2 * tones.at(y + down, x + right) + tones.at(y + down - right, x + right - down) +
            tones.at(y + down + right, x + right + down)) /
           4;
  };
  const float dx = mean(0, 1) - mean(0, -1);
  const float dy = mean(1, 0) - mean(-1, 0);
  return std::clamp((std::hypot(dx, dy) - .05f) * 4.5f, 0.0f, 1.0f);
}

/// Whether hatching of one direction covers a place; the darker the tone, the wider its strokes.
float hatch_at(float tone, float along, float across, float from) {
  if (tone >= from) return 0;
  const float dark = std::min(1.0f, (from - tone) / .45f);
  const float wave = std::sin(across + .6f * std::sin(along * .35f));
  return std::clamp((wave - .75f + 1.1f * dark) * 1.6f, 0.0f, 1.0f) * (.25f + .45f * dark);
}

}  // namespace

void sketch_face(const Face& face, std::int64_t height, std::int64_t width,
                 std::span<std::uint8_t> hwc) {
  const std::int64_t side = std::min(height, width);
  const std::int64_t fine = std::max<std::int64_t>(1, (kFinest + side - 1) / side);
  const Tones tones = tones_of(face, height * fine, width * fine);
  const float unit = 128 / static_cast<float>(side * fine);  // strokes keep their size
  Picture picture(tones.height, tones.width, 3);
  std::size_t to = 0;
  for (std::int64_t y = 0; y < tones.height; ++y) {
    for (std::int64_t x = 0; x < tones.width; ++x) {
      const float tone = tones.at(y, x);
      const float u = static_cast<float>(x) * unit;
      const float v = static_cast<float>(y) * unit;
      const float ink = std::max({line_at(tones, y, x), hatch_at(tone, u - v, (u + v) * .78f, .7f),
                                  hatch_at(tone, u + v, (u - v) * .74f, .3f)});
      const Color color = mix(kPaper, kGraphite, ink);
      for (const float part : {color.r, color.g, color.b})
        picture.bytes[to++] = static_cast<std::uint8_t>(part * 255);
    }
  }
  if (fine > 1) picture = fitted(picture, height, width);
  std::ranges::copy(picture.bytes, hwc.begin());
}

}  // namespace agon
