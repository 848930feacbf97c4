#include <fmt/format.h>

#include <algorithm>

#include "runners/data/drawn/drawn.h"
#include "runners/data/drawn/drawn_images.h"
#include "runners/data/drawn/face.h"
#include "runners/data/failure.h"
#include "runners/data/source.h"

namespace agon {
namespace {

constexpr std::int64_t kSide = 64;

void draw(RandomStream& random, std::int32_t label, std::int64_t height, std::int64_t width,
          std::span<std::uint8_t> hwc) {
  Painting painting(height, width);
  paint_face(draw_face(random, label), painting);
  painting.to_bytes(hwc);
}

void sketch(RandomStream& random, std::int32_t label, std::int64_t height, std::int64_t width,
            std::span<std::uint8_t> hwc) {
  sketch_face(draw_face(random, label), height, width, hwc);
}

void labels(RandomStream& random, std::int32_t label, std::span<std::int32_t> into) {
  const Face face = draw_face(random, label);
  const std::int32_t all[] = {label,
                              static_cast<std::int32_t>(face.hair_color),
                              face.glasses,
                              static_cast<std::int32_t>(face.hair_style),
                              static_cast<std::int32_t>(face.head_wear),
                              static_cast<std::int32_t>(face.facial_hair),
                              face.mouth_open > 0};
  std::ranges::copy(all, into.begin());
}

DataFacts inspect(const DataSpec& spec) {
  if (!spec.style.empty() && spec.style != "photo" && spec.style != "sketch") {
    fail_at_key(spec, "style",
                fmt::format("`style` is '{}'; faces are drawn as photo or sketch", spec.style));
  }
  DataFacts facts;
  std::vector<std::string> kinds;
  const std::vector<std::string> colors = {"black", "brown", "blond", "red"};
  for (const std::string& color : colors) {
    kinds.push_back(color + " hair");
    kinds.push_back(color + " hair and glasses");
  }
  facts.labels = {named_list("label", kinds),
                  named_list("hair", colors),
                  named_list("glasses", {"none", "glasses"}),
                  named_list("hair_style", {"short", "parted", "long", "curly", "bun", "spiky"}),
                  named_list("hat", {"none", "cap", "beanie"}),
                  named_list("beard", {"none", "moustache", "beard", "stubble"}),
                  named_list("mouth", {"closed", "open"})};
  set_drawn_counts(spec, facts);
  set_drawn_shape(spec, kSide, 3, facts);
  return facts;
}

std::unique_ptr<DataSet> open(const DataSpec& spec, const DataFacts& facts, bool test) {
  const Draw style = spec.style == "sketch" ? sketch : draw;
  return std::make_unique<DrawnImages>(Drawing{"faces", 3, style, labels}, facts, test);
}

}  // namespace

const Source kFaces{"faces", inspect, open};

}  // namespace agon
