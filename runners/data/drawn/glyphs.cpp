#include "runners/data/drawn/glyphs.h"

namespace agon {
namespace {

constexpr bool kCorner = true;

// clang-format off
const std::vector<Glyph> kDigitGlyphs = {
    {0, 3, {{{.38, .0}, {.1, .2}, {.0, .55}, {.12, .9}, {.36, 1}, {.6, .82}, {.68, .45},
             {.58, .12}, {.36, .0}, {.28, .04}}}},
    {0, 1, {{{.46, .06}, {.2, .1}, {.02, .45}, {.08, .88}, {.34, 1}, {.58, .85}, {.66, .45},
             {.52, .08}, {.34, .0}}}},
    {1, 5, {{{.0, .0}, {.0, .5}, {.0, 1}}}},
    {1, 1, {{{-.2, .2}, {.0, .0, kCorner}, {.0, 1}}}},
    {1, .3, {{{-.2, .18}, {.0, .0, kCorner}, {.0, 1}}, {{-.24, 1}, {.24, 1}}}},
    {2, 2, {{{.02, .22}, {.12, .05}, {.33, .0}, {.54, .1}, {.56, .34}, {.36, .68},
             {.0, .98, kCorner}, {.35, .97}, {.68, .96}}}},
    {2, 2, {{{.04, .18}, {.2, .01}, {.42, .02}, {.56, .2}, {.48, .5}, {.26, .84}, {.08, 1},
             {.0, .88}, {.14, .78}, {.36, .88}, {.7, .98}}}},
    {3, 3, {{{.04, .1}, {.26, .0}, {.5, .08}, {.5, .3}, {.22, .46, kCorner}, {.48, .54},
             {.58, .75}, {.42, .96}, {.18, 1}, {.0, .9}}}},
    {3, 1, {{{.04, .04}, {.3, .01}, {.54, .0, kCorner}, {.24, .38, kCorner}, {.5, .48},
             {.58, .72}, {.42, .96}, {.18, 1}, {.0, .92}}}},
    {4, 3, {{{.06, .02}, {.02, .28}, {.04, .5, kCorner}, {.3, .52}, {.56, .5}},
            {{.54, .0}, {.5, .5}, {.46, 1}}}},
    {4, 1, {{{.46, .0}, {.22, .34}, {.0, .64, kCorner}, {.34, .64}, {.66, .62}},
            {{.46, .0}, {.46, .5}, {.44, 1}}}},
    {5, 2, {{{.14, .02}, {.1, .2}, {.06, .42, kCorner}, {.3, .36}, {.54, .5}, {.56, .78},
             {.32, .98}, {.0, .94}},
            {{.14, .02}, {.36, .02}, {.62, .0}}}},
    {5, 1, {{{.66, .0}, {.4, .02}, {.18, .04, kCorner}, {.1, .44, kCorner}, {.34, .4}, {.54, .54},
             {.52, .82}, {.3, 1}, {.0, .92}}}},
    {6, 3, {{{.44, .0}, {.18, .24}, {.02, .6}, {.06, .88}, {.27, 1}, {.5, .88}, {.5, .66},
             {.3, .56}, {.1, .7}, {.06, .86}}}},
    {6, 1, {{{.22, .0}, {.06, .3}, {.0, .66}, {.08, .92}, {.3, 1}, {.52, .84}, {.46, .62},
             {.26, .58}, {.08, .74}}}},
    {7, 3, {{{.0, .06}, {.3, .04}, {.6, .02, kCorner}, {.44, .4}, {.26, 1}}}},
    {7, 1, {{{.0, .06}, {.3, .03}, {.6, .02, kCorner}, {.42, .45}, {.26, 1}},
            {{.18, .5}, {.58, .48}}}},
    {7, 1, {{{.02, .2}, {.04, .04, kCorner}, {.32, .06}, {.6, .02, kCorner}, {.42, .42},
             {.3, 1}}}},
    {8, 2, {{{.52, .12}, {.3, .0}, {.08, .12}, {.14, .34}, {.34, .5}, {.54, .72}, {.46, .94},
             {.24, 1}, {.04, .84}, {.14, .62}, {.36, .46}, {.54, .28}, {.52, .1}, {.4, .02}}}},
    {8, 1, {{{.3, .46}, {.08, .3}, {.12, .06}, {.34, .0}, {.5, .16}, {.44, .36}, {.3, .46},
             {.06, .66}, {.04, .9}, {.26, 1}, {.5, .9}, {.5, .66}, {.3, .46}}}},
    {9, 3, {{{.5, .14}, {.32, .0}, {.08, .12}, {.02, .36}, {.2, .5}, {.42, .36},
             {.5, .14, kCorner}, {.48, .5}, {.42, 1}}}},
    {9, 1, {{{.5, .1}, {.26, .0}, {.04, .2}, {.1, .44}, {.32, .44}, {.5, .22},
             {.52, .12, kCorner}, {.54, .5}, {.4, .88}, {.12, 1}}}},
};
// clang-format on

GlyphPoint between(const GlyphPoint& p0, const GlyphPoint& p1, const GlyphPoint& p2,
                   const GlyphPoint& p3, double t) {
  const auto value = [t](double a, double b, double c, double d) {
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
  };
  return {value(p0.x, p1.x, p2.x, p3.x), value(p0.y, p1.y, p2.y, p3.y)};
}

/// The point before an end, so that the curve leaves the end straight.
GlyphPoint mirrored(const GlyphPoint& end, const GlyphPoint& next) {
  return {2 * end.x - next.x, 2 * end.y - next.y};
}

}  // namespace

std::span<const Glyph> digit_glyphs() {
  return kDigitGlyphs;
}

std::vector<GlyphPoint> curve_through(std::span<const GlyphPoint> points, int steps) {
  std::vector<GlyphPoint> curve;
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const GlyphPoint& from = points[i];
    const GlyphPoint& to = points[i + 1];
    const bool starts = i == 0 || from.corner;
    const bool ends = i + 2 == points.size() || to.corner;
    const GlyphPoint before = starts ? mirrored(from, to) : points[i - 1];
    const GlyphPoint after = ends ? mirrored(to, from) : points[i + 2];
    for (int k = 0; k < steps; ++k) {
      curve.push_back(between(before, from, to, after, static_cast<double>(k) / steps));
    }
  }
  if (!points.empty()) curve.push_back(points.back());
  return curve;
}

}  // namespace agon
