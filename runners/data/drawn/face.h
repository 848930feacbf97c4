#pragma once
#include <cstdint>

#include "engine/base/philox.h"
#include "runners/data/drawn/paint.h"

namespace agon {

enum class HairColor { Black, Brown, Blond, Red };
enum class HairStyle { Short, Parted, Long, Curly, Bun, Spiky };
enum class HeadWear { None, Cap, Beanie };
enum class FacialHair { None, Moustache, Beard, Stubble };

inline constexpr int kHairColors = 4;
inline constexpr int kFaceClasses = 2 * kHairColors;  // hair colour, with and without glasses

/// Everything that varies from face to face; each drawn independently of the others, hair colour
/// and glasses given by the class.
struct Face {
  Color background_low, background_high;
  float background_turn;
  Frame pose;   // where the head is, its tilt and size
  float yaw;    // the look to a side, -1..1
  float light;  // direction the light comes from, radians

  float head_width, head_height, jaw;
  Color skin;
  float blush;
  float ear_size;

  HairColor hair_color;
  Color hair;
  HairStyle hair_style;
  float hair_line, hair_volume, hair_slope;
  HeadWear head_wear;
  Color wear;
  FacialHair facial_hair;

  float eye_size, eye_spacing, eye_height, lid, gaze;
  Color iris;
  float brow_thickness, brow_tilt, brow_height;
  float nose_length, nose_width;
  float mouth_width, smile, mouth_open, lip_thickness;
  Color lips;

  bool glasses, round_glasses;
  Color frame;
  Color shirt;
  bool collar;
};

/// `label` = 2 * hair colour + glasses.
Face draw_face(RandomStream& random, std::int32_t label);

void paint_face(const Face& face, Painting& painting);

/// The face in pencil on paper, bytes [height, width, 3]: lines where tones change, hatching where
/// they are dark, nothing of colours and background.
void sketch_face(const Face& face, std::int64_t height, std::int64_t width,
                 std::span<std::uint8_t> hwc);

}  // namespace agon
