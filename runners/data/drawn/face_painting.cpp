#include "runners/data/drawn/face.h"

namespace agon {
namespace {

constexpr Extent kEverything{{-9, -9}, {9, 9}};

Extent around(Spot centre, Spot radius) {
  return {{centre.x - radius.x, centre.y - radius.y}, {centre.x + radius.x, centre.y + radius.y}};
}

/// The features move further than the outline when the head looks to a side.
Spot on_face(const Face& face, float x, float y) {
  return {x * (1 - .12f * std::abs(face.yaw)) + .07f * face.yaw, y};
}

float head_distance(const Face& face, Spot p, float grow) {
  const float narrowing = 1 - face.jaw * std::max(p.y, 0.0f);
  return ellipse_distance({p.x / narrowing, p.y}, {0, 0},
                          {face.head_width * grow, face.head_height * grow});
}

/// How bright the head is at a place, as of a ball under the light.
float head_light(const Face& face, Spot p) {
  const float x = p.x / face.head_width;
  const float y = p.y / face.head_height;
  const float facing = x * std::cos(face.light) + y * std::sin(face.light);
  const float rim = std::min(1.0f, x * x + y * y);
  return .97f + .16f * facing - .13f * rim * rim;
}

void paint_background(const Face& face, Painting& painting) {
  painting.set_frame({});
  const float dx = std::cos(face.background_turn) * .42f;
  const float dy = std::sin(face.background_turn) * .42f;
  painting.fill(
      kEverything, [](Spot) { return -9.0f; },
      [&](Spot p) {
        const float t = std::clamp(.5f + p.x * dx + p.y * dy, 0.0f, 1.0f);
        const float rim = p.x * p.x + p.y * p.y;
        return shade(mix(face.background_low, face.background_high, t), 1.04f - .1f * rim);
      });
}

void paint_hair_behind(const Face& face, Painting& painting) {
  const Color back = shade(face.hair, .8f);
  const float w = face.head_width * face.hair_volume;
  const float h = face.head_height;
  if (face.hair_style == HairStyle::Long) {
    const Spot centre{0, .18f};
    const Spot half{w * 1.14f, h * 1.12f};
    painting.fill(
        around(centre, half), [&](Spot p) { return box_distance(p, centre, half, w); },
        [&](Spot p) { return shade(back, 1 + .12f * std::sin(p.x * 34)); });
  } else if (face.hair_style == HairStyle::Curly) {
    const Spot radius{w * 1.3f, h * 1.12f};
    painting.fill(
        around({0, -.14f}, {radius.x * 1.1f, radius.y * 1.1f}),
        [&](Spot p) {
          const float around_head = std::atan2(p.y + .14f, p.x);
          return ellipse_distance(p, {0, -.14f}, radius) - .035f * std::sin(around_head * 15);
        },
        [&](Spot p) { return shade(back, 1 + .1f * std::sin(p.x * 30) * std::sin(p.y * 30)); });
  } else if (face.hair_style == HairStyle::Bun && face.head_wear == HeadWear::None) {
    const Spot centre{.04f * face.yaw, -h - .1f};
    painting.fill(
        around(centre, {.2f, .18f}),
        [&](Spot p) {
          return ellipse_distance(p, centre, {.2f, .18f});
        },
        [&](Spot p) { return shade(face.hair, .95f - (p.y - centre.y)); });
  }
}

void paint_body(const Face& face, Painting& painting) {
  const Color neck = shade(face.skin, .74f);
  painting.fill(
      around({0, .62f}, {.21f, .3f}),
      [](Spot p) {
        return box_distance(p, {0, .62f}, {.2f, .3f}, .08f);
      },
      [&](Spot p) { return shade(neck, .8f + .3f * (p.y - .35f)); });
  const Spot centre{0, 1.26f};
  const Spot radius{.86f, .52f};
  painting.fill(
      {{-1.2f, .6f}, {1.2f, 2}}, [&](Spot p) { return ellipse_distance(p, centre, radius); },
      [&](Spot p) {
        return shade(face.shirt, 1.05f - .22f * std::abs(p.x + .3f * std::cos(face.light)));
      });
  const Color opening = face.collar ? Color{.95f, .95f, .93f} : shade(face.skin, .8f);
  painting.fill(
      around({0, .72f}, {.24f, .17f}),
      [](Spot p) {
        return ellipse_distance(p, {0, .72f}, {.23f, .15f});
      },
      opening);
  if (face.collar) {
    painting.fill(
        around({0, .68f}, {.18f, .14f}),
        [](Spot p) {
          return ellipse_distance(p, {0, .68f}, {.17f, .12f});
        },
        shade(face.skin, .76f));
  }
}

void paint_head(const Face& face, Painting& painting) {
  for (const float side : {-1.0f, 1.0f}) {
    const float w = face.head_width + .01f;
    const Spot centre{side * w - .05f * face.yaw, .02f};
    const Spot radius{.075f * face.ear_size, .12f * face.ear_size};
    painting.fill(
        around(centre, radius), [&](Spot p) { return ellipse_distance(p, centre, radius); },
        [&](Spot p) {
          const float inside = ellipse_distance(p, centre, {radius.x * .5f, radius.y * .6f});
          return shade(face.skin, inside < 0 ? .74f : .9f);
        });
  }
  painting.fill(
      around({0, 0}, {face.head_width, face.head_height}),
      [&](Spot p) { return head_distance(face, p, 1); },
      [&](Spot p) { return shade(face.skin, head_light(face, p)); });
  for (const float side : {-1.0f, 1.0f}) {
    const Spot cheek = on_face(face, side * .27f, .17f);
    painting.fill(
        around(cheek, {.1f, .08f}),
        [&](Spot p) {
          return ellipse_distance(p, cheek, {.1f, .07f});
        },
        Color{.88f, .32f, .3f}, face.blush * .6f, .12f);
  }
}

void paint_facial_hair(const Face& face, Painting& painting) {
  const Spot mouth = on_face(face, 0, .34f);
  if (face.facial_hair == FacialHair::Beard || face.facial_hair == FacialHair::Stubble) {
    const bool full = face.facial_hair == FacialHair::Beard;
    painting.fill(
        {{-.6f, -.1f}, {.6f, .8f}},
        [&](Spot p) {
          const float side = (p.x - mouth.x) / face.head_width;
          const float line = .2f - .24f * side * side;
          return std::max(head_distance(face, p, full ? 1.05f : 1), (line - p.y) * .8f);
        },
        [&](Spot p) { return shade(face.hair, .95f + (full ? .1f : 0) * std::sin(p.x * 45)); },
        full ? 1 : .3f, full ? .02f : .1f);
  }
  if (face.facial_hair == FacialHair::Moustache || face.facial_hair == FacialHair::Beard) {
    painting.fill(
        around({mouth.x, .255f}, {.2f, .1f}),
        [&](Spot p) {
          const float x = std::abs(p.x - mouth.x);
          return ellipse_distance({x, p.y - .5f * x * x}, {.08f, .26f}, {.11f, .04f});
        },
        shade(face.hair, .9f));
  }
}

void paint_nose(const Face& face, Painting& painting) {
  const float y = face.eye_height + .1f + face.nose_length;
  const Spot tip = on_face(face, .03f * face.yaw, y);
  const Spot radius{face.nose_width, .05f};
  const float lit = std::cos(face.light) > 0 ? -1.0f : 1.0f;
  const Spot bridge{tip.x + lit * .035f, face.eye_height + .05f};
  painting.fill(
      {{tip.x - .15f, bridge.y - .05f}, {tip.x + .15f, tip.y + .05f}},
      [&](Spot p) {
        return line_distance(p, bridge, {tip.x + lit * .05f, tip.y}) - .02f;
      },
      shade(face.skin, .78f), .55f, .05f);
  painting.fill(
      around(tip, radius), [&](Spot p) { return ellipse_distance(p, tip, radius); },
      [&](Spot p) { return shade(face.skin, 1.04f - 2.6f * (p.y - tip.y + .03f)); }, .9f, .03f);
  for (const float side : {-1.0f, 1.0f}) {
    const Spot hole{tip.x + side * face.nose_width * .5f, tip.y + .026f};
    painting.fill(
        around(hole, {.022f, .014f}),
        [&](Spot p) {
          return ellipse_distance(p, hole, {.02f, .012f});
        },
        shade(face.skin, .45f));
  }
}

void paint_mouth(const Face& face, Painting& painting) {
  const Spot middle = on_face(face, 0, .35f);
  const float w = face.mouth_width;
  const auto bow = [&](Spot p) {  // the mouth as a straight line
    const float x = (p.x - middle.x) / w;
    return Spot{p.x - middle.x, p.y - middle.y + face.smile * (x * x - .5f)};
  };
  const Extent extent{{middle.x - w - .05f, middle.y - .2f},
                      {middle.x + w + .05f, middle.y + .22f}};
  const Spot outer{w, face.lip_thickness + face.mouth_open};
  painting.fill(
      extent,
      [&](Spot p) {
        return ellipse_distance(bow(p), {0, 0}, outer);
      },
      [&](Spot p) { return shade(face.lips, bow(p).y < 0 ? .85f : 1.05f); });
  if (face.mouth_open == 0) {
    painting.fill(
        extent,
        [&](Spot p) {
          return line_distance(bow(p), {-w * .92f, 0}, {w * .92f, 0}) - .008f;
        },
        shade(face.lips, .5f));
    return;
  }
  painting.fill(
      extent,
      [&](Spot p) {
        return ellipse_distance(bow(p), {0, 0}, {w * .86f, face.mouth_open});
      },
      [&](Spot p) {
        const bool teeth = bow(p).y < -.1f * face.mouth_open;
        return teeth ? Color{.96f, .95f, .92f} : Color{.42f, .09f, .11f};
      });
}

void paint_eyes(const Face& face, Painting& painting) {
  for (const float side : {-1.0f, 1.0f}) {
    const Spot eye = on_face(face, side * face.eye_spacing, face.eye_height);
    const float r = face.eye_size;
    const Spot open{r, r * face.lid};
    const auto white = [&](Spot p) { return ellipse_distance(p, eye, open); };
    const Extent extent = around(eye, {r * 1.2f, r * 1.2f});
    painting.fill(
        extent, [&](Spot p) { return white(p) - .014f; }, shade(face.skin, .62f));
    painting.fill(extent, white, [&](Spot p) {
      return shade({.97f, .97f, .96f}, .96f + 1.6f * std::min(p.y - eye.y, 0.0f));
    });
    const Spot iris{eye.x + face.gaze * r * .3f, eye.y};
    const auto disc = [&](float radius) {
      return [&, radius](Spot p) {
        return std::max(std::hypot(p.x - iris.x, p.y - iris.y) - radius, white(p));
      };
    };
    painting.fill(extent, disc(r * .6f), face.iris);
    painting.fill(extent, disc(r * .3f), Color{.03f, .03f, .04f});
    const Spot glint{iris.x + r * .2f * std::cos(face.light), iris.y - r * .24f};
    painting.fill(
        extent, [&](Spot p) { return std::hypot(p.x - glint.x, p.y - glint.y) - r * .15f; },
        Color{1, 1, 1});
    const float brow = face.eye_height - face.brow_height;
    const Spot inner = on_face(face, side * (face.eye_spacing - r * .95f), brow + face.brow_tilt);
    const Spot outer = on_face(face, side * (face.eye_spacing + r * 1.2f), brow - face.brow_tilt);
    painting.fill(
        {{std::min(inner.x, outer.x) - .06f, brow - .15f},
         {std::max(inner.x, outer.x) + .06f, brow + .12f}},
        [&](Spot p) {
          const float along = (p.x - inner.x) / (outer.x - inner.x) - .5f;
          return line_distance({p.x, p.y + .035f - .14f * along * along}, inner, outer) -
                 face.brow_thickness * (1.1f - .5f * along);
        },
        mix(face.hair, {.16f, .11f, .08f}, .3f));
  }
}

/// Lower border of the hair over the forehead.
float hair_border(const Face& face, float x) {
  switch (face.hair_style) {
    case HairStyle::Parted:
      return face.hair_line - .08f + .5f * std::abs(x - face.hair_slope * .5f);
    case HairStyle::Long:
      return face.hair_line - .12f + 1.5f * x * x;
    case HairStyle::Curly:
      return face.hair_line + .03f * std::sin(x * 26);
    case HairStyle::Bun:
      return face.hair_line - .1f + .55f * x * x;
    case HairStyle::Spiky:
      return face.hair_line + .1f * std::abs(std::fmod(std::abs(x * 5.5f + .5f), 1.0f) - .5f);
    case HairStyle::Short:
      break;
  }
  return face.hair_line + face.hair_slope * x + .5f * x * x;
}

void paint_hair(const Face& face, Painting& painting) {
  const Extent extent{{-.8f, -1.1f}, {.8f, .2f}};
  const bool spiky = face.hair_style == HairStyle::Spiky && face.head_wear == HeadWear::None;
  painting.fill(
      extent,
      [&](Spot p) {
        float outline = head_distance(face, {p.x, p.y + .02f}, face.hair_volume);
        if (spiky) {
          const float wave = std::fmod(std::abs(p.x * 6 + 3), 1.0f) - .5f;
          outline -= .16f * (.5f - std::abs(wave)) * std::clamp(-p.y * 2, 0.0f, 1.0f);
        }
        const float strands = face.hair_style == HairStyle::Long ? .26f : .08f;
        const float beside = std::max(0.0f, head_distance(face, p, 1) + .075f);
        const float border = hair_border(face, p.x) + 6 * beside;  // down in front of the ears
        return std::max({outline, (p.y - border) * .6f, p.y - strands});
      },
      [&](Spot p) {
        const float gloss = head_light(face, {p.x, p.y + .25f});
        return shade(face.hair, gloss * (1.02f + .1f * std::sin(p.x * 40 + 6 * p.y)));
      });
}

void paint_head_wear(const Face& face, Painting& painting) {
  if (face.head_wear == HeadWear::None) return;
  const bool cap = face.head_wear == HeadWear::Cap;
  const float brim = face.hair_line - .06f;
  const float grow = face.hair_volume + .05f;
  painting.fill(
      {{-.8f, -1.2f}, {.8f, brim + .1f}},
      [&](Spot p) {
        return std::max(head_distance(face, {p.x, p.y + .06f}, grow), p.y - brim);
      },
      [&](Spot p) {
        const float knit = cap ? 1 : 1 + .12f * std::sin(p.x * 38);
        return shade(face.wear, knit * head_light(face, {p.x, p.y + .3f}));
      });
  const Spot centre{cap ? .16f * face.yaw : 0, brim};
  const Spot half{face.head_width * (cap ? 1.12f : 1.16f), cap ? .05f : .085f};
  painting.fill(
      around(centre, half), [&](Spot p) { return box_distance(p, centre, half, half.y); },
      [&](Spot p) { return shade(face.wear, cap ? .62f : .82f + 1.2f * (brim - p.y)); });
}

void paint_glasses(const Face& face, Painting& painting) {
  if (!face.glasses) return;
  const float r = face.eye_size * 1.25f + .04f;
  const float thick = .02f;
  const float y = face.eye_height + .01f;
  const Color lens{.86f, .93f, 1};
  for (const float side : {-1.0f, 1.0f}) {
    const Spot centre = on_face(face, side * (face.eye_spacing + .005f), y);
    const auto rim = [&](Spot p) {
      return face.round_glasses ? std::hypot(p.x - centre.x, p.y - centre.y) - r
                                : box_distance(p, centre, {r * 1.08f, r * .82f}, .05f);
    };
    const Extent extent = around(centre, {r * 1.2f, r * 1.2f});
    painting.fill(extent, rim, lens, .16f);
    painting.fill(
        extent, [&](Spot p) { return std::abs(rim(p)) - thick; }, face.frame);
    const Spot hinge{centre.x + side * r, y - .02f};
    const Spot temple{side * face.head_width * .99f, y - .03f};
    painting.fill(
        {{std::min(hinge.x, temple.x) - .03f, y - .08f},
         {std::max(hinge.x, temple.x) + .03f, y + .04f}},
        [&](Spot p) { return line_distance(p, hinge, temple) - thick * .9f; }, face.frame);
  }
  const Spot bridge = on_face(face, 0, y - .02f);
  const float reach = std::max(.02f, face.eye_spacing - r);
  painting.fill(
      around(bridge, {reach + .06f, .06f}),
      [&](Spot p) {
        return line_distance(p, {bridge.x - reach, bridge.y}, {bridge.x + reach, bridge.y}) - thick;
      },
      face.frame);
}

}  // namespace

void paint_face(const Face& face, Painting& painting) {
  paint_background(face, painting);
  Frame shoulders = face.pose;
  shoulders.turn *= .25f;
  painting.set_frame(face.pose);
  paint_hair_behind(face, painting);
  painting.set_frame(shoulders);
  paint_body(face, painting);
  painting.set_frame(face.pose);
  paint_head(face, painting);
  paint_facial_hair(face, painting);
  paint_mouth(face, painting);
  paint_nose(face, painting);
  paint_eyes(face, painting);
  paint_hair(face, painting);
  paint_head_wear(face, painting);
  paint_glasses(face, painting);
}

}  // namespace agon
