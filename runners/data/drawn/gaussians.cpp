#include "runners/data/drawn/gaussians.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/base/philox.h"
#include "runners/data/drawn/drawn.h"
#include "runners/data/failure.h"
#include "runners/data/source.h"

namespace agon {
namespace {

DataFacts facts_of(const DataSpec& spec, PointModes modes) {
  DataFacts facts;
  facts.points = true;
  facts.labels = {{"label", std::ssize(modes.centres), 0, {}}};
  facts.modes = std::move(modes);
  set_drawn_counts(spec, facts);
  if (spec.height || spec.channels) {
    fail_at_key(spec, spec.height ? "size" : "channels",
                fmt::format("{} gives points, which have no `size` or `channels`", spec.source));
  }
  return facts;
}

class Gaussians : public DataSet {
 public:
  Gaussians(const DataSpec& spec, const DataFacts& facts, bool test)
      : stream_(drawn_stream(spec.source, test)) {
    facts_ = facts;
    count_ = test ? facts.test_count : facts.count;
  }

  void point(std::int64_t index, std::span<float> xy) const override {
    RandomStream random(kDrawnSeed, stream_, static_cast<std::uint64_t>(index));
    const std::array<double, 2>& centre = facts_.modes.centres[static_cast<std::size_t>(
        drawn_label(stream_, facts_.labels[0].classes, index))];
    for (std::size_t i = 0; i < 2; ++i) {
      xy[i] = static_cast<float>(centre[i] + facts_.modes.deviation * random.normal());
    }
  }

  void labels(std::int64_t index, std::span<std::int32_t> into) const override {
    into[0] = drawn_label(stream_, facts_.labels[0].classes, index);
  }

 private:
  std::string stream_;
};

std::unique_ptr<DataSet> open(const DataSpec& spec, const DataFacts& facts, bool test) {
  return std::make_unique<Gaussians>(spec, facts, test);
}

}  // namespace

const Source kRings{"rings", [](const DataSpec& spec) { return facts_of(spec, ring_modes()); },
                    open};
const Source kGrid{"grid", [](const DataSpec& spec) { return facts_of(spec, grid_modes()); }, open};

PointModes ring_modes() {
  PointModes modes{{}, kRingDeviation};
  for (std::int64_t mode = 0; mode < kRingModes; ++mode) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(mode) / kRingModes;
    modes.centres.push_back({kRingRadius * std::cos(angle), kRingRadius * std::sin(angle)});
  }
  return modes;
}

PointModes grid_modes() {
  PointModes modes{{}, kGridDeviation};
  constexpr std::int64_t kMiddle = kGridSide / 2;
  for (std::int64_t row = 0; row < kGridSide; ++row) {
    for (std::int64_t column = 0; column < kGridSide; ++column) {
      modes.centres.push_back({kGridStep * static_cast<double>(column - kMiddle),
                               kGridStep * static_cast<double>(row - kMiddle)});
    }
  }
  return modes;
}

double plot_reach(const PointModes& modes) {
  double furthest = modes.centres.empty() ? 2 : 0;
  for (const auto& [x, y] : modes.centres)
    furthest = std::max({furthest, std::abs(x), std::abs(y)});
  return 1.5 * furthest;
}

}  // namespace agon
