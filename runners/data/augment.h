#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/philox.h"
#include "graphs/data_spec.h"

namespace agon {

/// Changing what a change does, or how it is drawn, changes this.
inline constexpr int kAugmentVersion = 1;

/// The changes of training pictures under `augment:`, in the order written. What happens to an
/// example is a pure function of (seed, stream name, place in the run), so it depends neither on
/// threads nor on where a run was resumed; paired sources share a stream and change alike.
class Augmenter {
 public:
  Augmenter(const DataSpec& spec, const DataFacts& facts, std::int64_t seed);

  /// Whether there is anything to change.
  bool changes() const { return !items_.empty(); }
  /// Changes bytes [height, width, channels] in place. `position` counts training examples from the
  /// start of the run: epoch * count + position in the epoch.
  void apply(std::int64_t position, std::span<std::uint8_t> hwc);

 private:
  void flip(std::span<std::uint8_t> hwc) const;
  void flip_vertical(std::span<std::uint8_t> hwc) const;
  void turn(std::span<std::uint8_t> hwc, std::uint32_t quarters);
  void shift(std::span<std::uint8_t> hwc, std::int64_t down, std::int64_t right);

  std::vector<Augment> items_;
  PhiloxKey key_;
  std::int64_t height_;
  std::int64_t width_;
  std::int64_t channels_;
  std::vector<std::uint8_t> before_;  // a picture as it was, where it cannot be changed in place
};

/// "data/augment", or "data.<name>/augment" with several sources that are not paired.
std::string augment_stream(const DataSpec& spec);

}  // namespace agon
