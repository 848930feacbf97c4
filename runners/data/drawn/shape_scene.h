#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "engine/base/philox.h"
#include "runners/data/drawn/paint.h"

namespace agon {

/// A solid on a `shapes` picture, in the coordinates of Painting.
struct SolidShape {
  Spot centre;
  float radius = 0;  // of the circle around it
  float turn = 0;    // radians
  Color color;
};

/// One picture of the `shapes` set: one to four solids of a kind, a colour and a size, which do not
/// touch, over a background.
struct ShapeScene {
  std::int32_t kind = 0;    // circle, square, triangle, star, cross, heart
  std::int32_t number = 0;  // 0: one, 1: two, ...
  std::int32_t size = 0;    // small, large
  std::int32_t color = 0;
  std::int32_t ground = 0;  // black, grey, white
  std::vector<SolidShape> solids;
  std::array<Color, 2> ground_colors;  // from one end to the other
  float ground_turn = 0;
  std::array<float, 4> texture{};  // direction, waves across, phase, strength
};

inline constexpr std::int32_t kShapeKinds = 6;

ShapeScene draw_shape_scene(RandomStream& random, std::int32_t kind);

void paint_shape_scene(const ShapeScene& scene, Painting& painting);

}  // namespace agon
