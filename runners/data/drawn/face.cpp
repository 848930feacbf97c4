#include "runners/data/drawn/face.h"

#include <numbers>

namespace agon {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;

constexpr Color kHair[kHairColors] = {
    {.10f, .09f, .11f}, {.36f, .21f, .12f}, {.88f, .72f, .38f}, {.72f, .27f, .10f}};
constexpr Color kSkins[] = {{.99f, .87f, .77f}, {.95f, .78f, .64f}, {.87f, .66f, .49f},
                            {.70f, .48f, .33f}, {.50f, .33f, .23f}, {.34f, .22f, .16f}};
constexpr Color kIrises[] = {
    {.28f, .17f, .09f}, {.22f, .42f, .68f}, {.26f, .50f, .30f}, {.45f, .47f, .50f}};
constexpr Color kFrames[] = {
    {.08f, .08f, .10f}, {.93f, .90f, .84f}, {.62f, .13f, .16f}, {.20f, .26f, .55f}};

float real(RandomStream& random, double low, double high) {
  return static_cast<float>(random.uniform(low, high));
}

bool chance(RandomStream& random, double share) {
  return random.uniform() < share;
}

template <typename T, std::size_t n>
T one_of(RandomStream& random, const T (&all)[n]) {
  return all[random.below(n)];
}

/// Hue around the circle, saturation and value in 0..1.
Color from_hsv(float hue, float saturation, float value) {
  const auto part = [&](float shift) {
    const float k = std::fmod(hue * 6 + shift, 6.0f);
    return value * (1 - saturation * std::clamp(std::min(k, 4 - k), 0.0f, 1.0f));
  };
  return {part(5), part(3), part(1)};
}

Color varied(RandomStream& random, const Color& color, double by) {
  const float light = 1 + real(random, -by, by);
  return {color.r * light + real(random, -by, by) / 6, color.g * light + real(random, -by, by) / 6,
          color.b * light + real(random, -by, by) / 6};
}

void draw_scene(RandomStream& random, Face& face) {
  const float hue = real(random, 0, 1);
  face.background_low = from_hsv(hue, real(random, .15, .6), real(random, .45, .95));
  face.background_high =
      from_hsv(hue + real(random, 0, .25), real(random, .1, .5), real(random, .55, 1));
  face.background_turn = real(random, 0, 2 * kPi);
  face.pose = {{real(random, -.09, .09), real(random, .0, .12)},
               real(random, -.16, .16),
               real(random, 1, 1.17)};
  face.yaw = real(random, -1, 1);
  face.light = real(random, -.85 * kPi, -.15 * kPi);
  face.shirt = from_hsv(real(random, 0, 1), real(random, .2, .85), real(random, .3, .95));
  face.collar = chance(random, .4);
}

void draw_head(RandomStream& random, Face& face) {
  const float tone = real(random, 0, 4.999);
  const auto i = static_cast<std::size_t>(tone);
  face.skin = mix(kSkins[i], kSkins[i + 1], tone - static_cast<float>(i));
  face.head_width = real(random, .44, .54);
  face.head_height = real(random, .56, .66);
  face.jaw = real(random, .02, .34);
  face.blush = real(random, 0, .45);
  face.ear_size = real(random, .8, 1.25);
}

void draw_hair(RandomStream& random, Face& face) {
  constexpr HairStyle kStyles[] = {HairStyle::Short, HairStyle::Parted, HairStyle::Long,
                                   HairStyle::Curly, HairStyle::Bun,    HairStyle::Spiky};
  constexpr FacialHair kKinds[] = {FacialHair::Moustache, FacialHair::Beard, FacialHair::Stubble};
  face.hair = varied(random, kHair[static_cast<int>(face.hair_color)], .12);
  face.hair_style = one_of(random, kStyles);
  face.hair_line = real(random, -.42, -.28);
  face.hair_volume = real(random, 1.05, 1.17);
  face.hair_slope = real(random, -.3, .3);
  const double wear = random.uniform();
  face.head_wear = wear < .10 ? HeadWear::Cap : wear < .18 ? HeadWear::Beanie : HeadWear::None;
  face.wear = from_hsv(real(random, 0, 1), real(random, .4, .9), real(random, .35, .9));
  const bool bearded = chance(random, .3);
  const FacialHair kind = one_of(random, kKinds);
  face.facial_hair = bearded ? kind : FacialHair::None;
}

void draw_features(RandomStream& random, Face& face) {
  face.eye_size = real(random, .075, .115);
  face.eye_spacing = real(random, .185, .245);
  face.eye_height = real(random, -.1, 0);
  face.lid = real(random, .55, .95);
  face.gaze = real(random, -1, 1);
  face.iris = varied(random, one_of(random, kIrises), .2);
  face.brow_thickness = real(random, .018, .042);
  face.brow_tilt = real(random, -.055, .055);
  face.brow_height = real(random, .14, .2);
  face.nose_length = real(random, .14, .24);
  face.nose_width = real(random, .05, .1);
  face.mouth_width = real(random, .13, .24);
  face.smile = real(random, -.06, .11);
  face.mouth_open = chance(random, .35) ? real(random, .03, .1) : 0;
  face.lip_thickness = real(random, .016, .036);
  face.lips = mix(shade(face.skin, .72f), {.78f, .22f, .26f}, real(random, .15, .75));
  face.round_glasses = chance(random, .5);
  face.frame = one_of(random, kFrames);
}

}  // namespace

Face draw_face(RandomStream& random, std::int32_t label) {
  Face face{};
  face.hair_color = static_cast<HairColor>(label / 2);
  face.glasses = label % 2 == 1;
  draw_scene(random, face);
  draw_head(random, face);
  draw_hair(random, face);
  draw_features(random, face);
  return face;
}

}  // namespace agon
