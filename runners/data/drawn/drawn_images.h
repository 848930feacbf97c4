#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/philox.h"
#include "runners/data/data_set.h"
#include "runners/data/example_cache.h"

namespace agon {

/// Draws one example of class `label` into bytes [height, width, channels] of `channels` as the
/// drawing has them (1 for grey, 3 for colour), from numbers of `random` alone.
using Draw = void (*)(RandomStream& random, std::int32_t label, std::int64_t height,
                      std::int64_t width, std::span<std::uint8_t> hwc);

struct Drawing {
  std::string_view name;
  std::int64_t channels;
  Draw draw;
};

/// Drawn pictures, each drawn when first asked for.
class DrawnImages : public DataSet {
 public:
  DrawnImages(const Drawing& drawing, const DataFacts& facts, bool test);

  void image(std::int64_t index, std::span<std::uint8_t> hwc) const override;
  std::int32_t label(std::int64_t index) const override;

 private:
  Drawing drawing_;
  std::string stream_;
  mutable ExampleCache cache_;
};

}  // namespace agon
