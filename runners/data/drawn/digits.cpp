#include <algorithm>
#include <cmath>

#include "runners/data/drawn/drawn.h"
#include "runners/data/drawn/drawn_images.h"
#include "runners/data/drawn/handwriting.h"
#include "runners/data/source.h"

namespace agon {
namespace {

void draw(RandomStream& random, std::int32_t label, std::int64_t height, std::int64_t width,
          std::span<std::uint8_t> hwc) {
  const double unit = static_cast<double>(std::min(height, width)) / kDigitSide;
  const Handwriting writing = write_digit(random, label, unit, static_cast<double>(width) / 2,
                                          static_cast<double>(height) / 2);
  const Ink ink = inked(writing, height, width);
  for (std::size_t i = 0; i < hwc.size(); ++i) {
    hwc[i] = static_cast<std::uint8_t>(std::floor(255 * writing.ink * ink.coverage()[i] + 0.5));
  }
}

DataFacts inspect(const DataSpec& spec) {
  DataFacts facts;
  facts.labels = {named_list("label", {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"})};
  set_drawn_counts(spec, facts);
  set_drawn_shape(spec, kDigitSide, 1, facts);
  return facts;
}

std::unique_ptr<DataSet> open(const DataSpec&, const DataFacts& facts, bool test) {
  return std::make_unique<DrawnImages>(Drawing{"digits", 1, draw}, facts, test);
}

}  // namespace

const Source kDigits{"digits", inspect, open};

}  // namespace agon
