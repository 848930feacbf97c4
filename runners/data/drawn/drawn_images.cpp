#include "runners/data/drawn/drawn_images.h"

#include "runners/data/drawn/drawn.h"
#include "runners/data/picture.h"

namespace agon {

DrawnImages::DrawnImages(const Drawing& drawing, const DataFacts& facts, bool test)
    : drawing_(drawing),
      stream_(drawn_stream(drawing.name, test)),
      cache_(test ? facts.test_count : facts.count, facts.height * facts.width * facts.channels) {
  facts_ = facts;
  count_ = test ? facts.test_count : facts.count;
}

void DrawnImages::image(std::int64_t index, std::span<std::uint8_t> hwc) const {
  if (cache_.load(index, hwc)) return;
  RandomStream random(kDrawnSeed, stream_, static_cast<std::uint64_t>(index));
  if (drawing_.channels == facts_.channels) {
    drawing_.draw(random, drawn_class(index), facts_.height, facts_.width, hwc);
  } else {
    Picture picture(facts_.height, facts_.width, drawing_.channels);
    drawing_.draw(random, drawn_class(index), facts_.height, facts_.width, picture.bytes);
    picture = with_channels(picture, facts_.channels);
    std::ranges::copy(picture.bytes, hwc.begin());
  }
  cache_.store(index, hwc);
}

std::int32_t DrawnImages::drawn_class(std::int64_t index) const {
  return drawn_label(stream_, facts_.labels[0].classes, index);
}

void DrawnImages::labels(std::int64_t index, std::span<std::int32_t> into) const {
  const std::int32_t label = drawn_class(index);
  if (drawing_.labels == nullptr) {
    into[0] = label;
    return;
  }
  RandomStream random(kDrawnSeed, stream_, static_cast<std::uint64_t>(index));
  drawing_.labels(random, label, into);
}

}  // namespace agon
