#include "runners/data/drawn/rings.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "engine/base/philox.h"
#include "runners/data/drawn/drawn.h"
#include "runners/data/failure.h"
#include "runners/data/source.h"

namespace agon {
namespace {

DataFacts inspect(const DataSpec& spec) {
  DataFacts facts;
  facts.points = true;
  facts.classes = kRingModes;
  set_drawn_counts(spec, facts);
  if (spec.height || spec.channels) {
    fail_at(spec.origin, "rings gives points, which have no `size` or `channels`");
  }
  return facts;
}

class Rings : public DataSet {
 public:
  Rings(const DataFacts& facts, bool test) : stream_(drawn_stream("rings", test)) {
    facts_ = facts;
    count_ = test ? facts.test_count : facts.count;
  }

  void point(std::int64_t index, std::span<float> xy) const override {
    RandomStream random(kDrawnSeed, stream_, static_cast<std::uint64_t>(index));
    const std::array<double, 2> centre = ring_centre(label(index));
    for (std::size_t i = 0; i < 2; ++i) {
      xy[i] = static_cast<float>(centre[i] + kRingDeviation * random.normal());
    }
  }

  std::int32_t label(std::int64_t index) const override {
    return drawn_label(stream_, kRingModes, index);
  }

 private:
  std::string stream_;
};

std::unique_ptr<DataSet> open(const DataSpec&, const DataFacts& facts, bool test) {
  return std::make_unique<Rings>(facts, test);
}

}  // namespace

const Source kRings{"rings", inspect, open};

std::array<double, 2> ring_centre(std::int64_t mode) {
  const double angle = 2 * std::numbers::pi * static_cast<double>(mode) / kRingModes;
  return {kRingRadius * std::cos(angle), kRingRadius * std::sin(angle)};
}

}  // namespace agon
