#include "runners/data/drawn/drawn.h"
#include "runners/data/drawn/drawn_images.h"
#include "runners/data/drawn/face.h"
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

DataFacts inspect(const DataSpec& spec) {
  DataFacts facts;
  facts.classes = kFaceClasses;
  for (const char* color : {"black", "brown", "blond", "red"}) {
    facts.class_names.push_back(std::string(color) + " hair");
    facts.class_names.push_back(std::string(color) + " hair, glasses");
  }
  set_drawn_counts(spec, facts);
  set_drawn_shape(spec, kSide, 3, facts);
  return facts;
}

std::unique_ptr<DataSet> open(const DataSpec&, const DataFacts& facts, bool test) {
  return std::make_unique<DrawnImages>(Drawing{"faces", 3, draw}, facts, test);
}

}  // namespace

const Source kFaces{"faces", inspect, open};

}  // namespace agon
