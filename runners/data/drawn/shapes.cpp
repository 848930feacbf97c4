#include <algorithm>

#include "runners/data/drawn/drawn.h"
#include "runners/data/drawn/drawn_images.h"
#include "runners/data/drawn/shape_scene.h"
#include "runners/data/source.h"

namespace agon {
namespace {

constexpr std::int64_t kSide = 32;

const std::vector<std::string> kNumbers = {"one", "two", "three", "four"};
const std::vector<std::string> kSizes = {"small", "large"};
const std::vector<std::string> kColors = {"red",  "orange", "yellow", "green",
                                          "cyan", "blue",   "purple", "pink"};
const std::vector<std::string> kKinds = {"circle", "square", "triangle", "star", "cross", "heart"};
const std::vector<std::string> kPlurals = {"circles", "squares", "triangles",
                                           "stars",   "crosses", "hearts"};
const std::vector<std::string> kGrounds = {"black", "grey", "white"};

/// "two small red circles on grey": each word's place in kVocabulary begins where its list does.
constexpr std::int64_t kCaptionLength = 6;
constexpr std::int32_t kSizeWords = 4;
constexpr std::int32_t kColorWords = kSizeWords + 2;
constexpr std::int32_t kKindWords = kColorWords + 8;
constexpr std::int32_t kPluralWords = kKindWords + kShapeKinds;
constexpr std::int32_t kOnWord = kPluralWords + kShapeKinds;
constexpr std::int32_t kGroundWords = kOnWord + 1;

std::vector<std::string> vocabulary() {
  std::vector<std::string> words;
  for (const auto* list : {&kNumbers, &kSizes, &kColors, &kKinds, &kPlurals})
    words.insert(words.end(), list->begin(), list->end());
  words.emplace_back("on");
  words.insert(words.end(), kGrounds.begin(), kGrounds.end());
  return words;
}

void draw(RandomStream& random, std::int32_t label, std::int64_t height, std::int64_t width,
          std::span<std::uint8_t> hwc) {
  Painting painting(height, width);
  paint_shape_scene(draw_shape_scene(random, label), painting);
  painting.to_bytes(hwc);
}

void labels(RandomStream& random, std::int32_t label, std::span<std::int32_t> into) {
  const ShapeScene scene = draw_shape_scene(random, label);
  const std::int32_t all[] = {scene.kind,
                              scene.color,
                              scene.number,
                              scene.size,
                              scene.ground,
                              scene.number,
                              kSizeWords + scene.size,
                              kColorWords + scene.color,
                              (scene.number == 0 ? kKindWords : kPluralWords) + scene.kind,
                              kOnWord,
                              kGroundWords + scene.ground};
  std::ranges::copy(all, into.begin());
}

DataFacts inspect(const DataSpec& spec) {
  DataFacts facts;
  facts.labels = {
      named_list("label", kKinds),        named_list("colour", kColors),
      named_list("number", kNumbers),     named_list("scale", kSizes),
      named_list("background", kGrounds), named_list("caption", vocabulary(), kCaptionLength)};
  set_drawn_counts(spec, facts);
  set_drawn_shape(spec, kSide, 3, facts);
  return facts;
}

std::unique_ptr<DataSet> open(const DataSpec&, const DataFacts& facts, bool test) {
  return std::make_unique<DrawnImages>(Drawing{"shapes", 3, draw, labels}, facts, test);
}

}  // namespace

const Source kShapes{"shapes", inspect, open};

}  // namespace agon
