#include "runners/data/drawn/shape_scene.h"

#include <numbers>
#include <utility>

namespace agon {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr std::uint32_t kMostSolids = 4;

// In the order of their names in shapes.cpp.
constexpr Color kColors[] = {{.89f, .15f, .16f}, {.98f, .54f, .12f}, {.97f, .85f, .16f},
                             {.16f, .68f, .27f}, {.15f, .80f, .84f}, {.16f, .33f, .90f},
                             {.55f, .22f, .75f}, {.96f, .50f, .74f}};
constexpr float kGrounds[] = {.08f, .48f, .93f};

float real(RandomStream& random, double low, double high) {
  return static_cast<float>(random.uniform(low, high));
}

Color varied(RandomStream& random, const Color& color, double by) {
  const float light = 1 + real(random, -by, by);
  return {color.r * light + real(random, -by, by) / 3, color.g * light + real(random, -by, by) / 3,
          color.b * light + real(random, -by, by) / 3};
}

/// Middles of `solids`: one anywhere, several in quarters of the picture of their own, so that they
/// never touch.
void place(RandomStream& random, std::vector<SolidShape>& solids) {
  if (solids.size() == 1) {
    const double free = 0.96 - solids[0].radius;
    solids[0].centre = {real(random, -free, free), real(random, -free, free)};
    return;
  }
  std::array<std::uint32_t, kMostSolids> quarters{0, 1, 2, 3};
  for (std::uint32_t i = kMostSolids - 1; i > 0; --i)
    std::swap(quarters[i], quarters[random.below(i + 1)]);
  for (std::size_t i = 0; i < solids.size(); ++i) {
    const double free = std::max(0.0, 0.49 - static_cast<double>(solids[i].radius));
    const float x = quarters[i] % 2 == 0 ? -.5f : .5f;
    const float y = quarters[i] / 2 == 0 ? -.5f : .5f;
    solids[i].centre = {x + real(random, -free, free), y + real(random, -free, free)};
  }
}

/// Corners of a polygon within the unit circle; none for a circle.
std::vector<Spot> corners(std::int32_t kind) {
  std::vector<Spot> spots;
  const auto around = [&](int count, float turn, float outer, float inner) {
    for (int i = 0; i < count; ++i) {
      const float angle = turn + 2 * kPi * static_cast<float>(i) / static_cast<float>(count);
      const float radius = i % 2 == 0 ? outer : inner;
      spots.push_back({radius * std::cos(angle), radius * std::sin(angle)});
    }
  };
  switch (kind) {
    case 1:  // square
      around(4, kPi / 4, 1, 1);
      break;
    case 2:  // triangle
      around(3, -kPi / 2, 1, 1);
      break;
    case 3:  // star
      around(10, -kPi / 2, 1, .45f);
      break;
    case 4:  // cross
      spots = {{-.3f, -.95f}, {.3f, -.95f}, {.3f, -.3f}, {.95f, -.3f}, {.95f, .3f},   {.3f, .3f},
               {.3f, .95f},   {-.3f, .95f}, {-.3f, .3f}, {-.95f, .3f}, {-.95f, -.3f}, {-.3f, -.3f}};
      break;
    case 5:  // heart
      for (int i = 0; i < 40; ++i) {
        const float t = 2 * kPi * static_cast<float>(i) / 40;
        spots.push_back({std::pow(std::sin(t), 3.0f), -(13 * std::cos(t) - 5 * std::cos(2 * t) -
                                                        2 * std::cos(3 * t) - std::cos(4 * t)) /
                                                          16});
      }
      break;
    default:
      break;
  }
  return spots;
}

/// Signed distance to a polygon, below 0 inside.
float polygon_distance(Spot p, const std::vector<Spot>& spots) {
  float nearest = 1e9f;
  bool inside = false;
  for (std::size_t i = 0, j = spots.size() - 1; i < spots.size(); j = i++) {
    const Spot a = spots[j];
    const Spot b = spots[i];
    nearest = std::min(nearest, line_distance(p, a, b));
    if ((a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) * (b.x - a.x) / (b.y - a.y))
      inside = !inside;
  }
  return inside ? -nearest : nearest;
}

void paint_ground(const ShapeScene& scene, Painting& painting) {
  painting.set_frame({});
  const float dx = std::cos(scene.ground_turn) * .4f;
  const float dy = std::sin(scene.ground_turn) * .4f;
  const float direction = scene.texture[0], waves = scene.texture[1];
  const float phase = scene.texture[2], strength = scene.texture[3];
  const float wx = std::cos(direction) * waves;
  const float wy = std::sin(direction) * waves;
  painting.fill(
      {{-9, -9}, {9, 9}}, [](Spot) { return -9.0f; },
      [&](Spot p) {
        const float t = std::clamp(.5f + p.x * dx + p.y * dy, 0.0f, 1.0f);
        const float wave = strength * std::sin(p.x * wx + p.y * wy + phase);
        const Color color = mix(scene.ground_colors[0], scene.ground_colors[1], t);
        return Color{color.r + wave, color.g + wave, color.b + wave};
      });
}

void paint_solid(const SolidShape& solid, const std::vector<Spot>& spots, Painting& painting) {
  const auto distance = [&](Spot p) {
    return spots.empty() ? std::hypot(p.x, p.y) - 1 : polygon_distance(p, spots);
  };
  const Extent extent{{-1.1f, -1.1f}, {1.1f, 1.1f}};
  painting.set_frame({{solid.centre.x + .04f, solid.centre.y + .05f}, solid.turn, solid.radius});
  painting.fill(extent, distance, Color{0, 0, 0}, .3f, .25f);
  painting.set_frame({solid.centre, solid.turn, solid.radius});
  const float light_x = std::sin(solid.turn);  // from above, however the solid is turned
  const float light_y = std::cos(solid.turn);
  painting.fill(extent, distance, [&](Spot p) {
    return shade(solid.color, 1 - .16f * (p.x * light_x + p.y * light_y));
  });
}

}  // namespace

ShapeScene draw_shape_scene(RandomStream& random, std::int32_t kind) {
  ShapeScene scene;
  scene.kind = kind;
  scene.number = static_cast<std::int32_t>(random.below(kMostSolids));
  scene.size = static_cast<std::int32_t>(random.below(2));
  scene.color = static_cast<std::int32_t>(random.below(std::size(kColors)));
  scene.ground = static_cast<std::int32_t>(random.below(std::size(kGrounds)));
  const Color color = varied(random, kColors[scene.color], .07);
  scene.solids.resize(static_cast<std::size_t>(scene.number) + 1);
  for (SolidShape& solid : scene.solids) {
    solid.radius = scene.size == 0 ? real(random, .19, .25) : real(random, .38, .46);
    solid.turn = real(random, -.35, .35);
    solid.color = varied(random, color, .03);
  }
  place(random, scene.solids);
  const float ground = kGrounds[scene.ground];
  for (Color& end : scene.ground_colors) {
    const float light = ground + real(random, -.06, .06);
    end = {light + real(random, -.03, .03), light + real(random, -.03, .03),
           light + real(random, -.03, .03)};
  }
  scene.ground_turn = real(random, 0, 2 * kPi);
  scene.texture = {real(random, 0, kPi), real(random, 4, 14), real(random, 0, 2 * kPi),
                   real(random, 0, .035)};
  return scene;
}

void paint_shape_scene(const ShapeScene& scene, Painting& painting) {
  paint_ground(scene, painting);
  const std::vector<Spot> spots = corners(scene.kind);
  for (const SolidShape& solid : scene.solids) paint_solid(solid, spots, painting);
}

}  // namespace agon
