#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/philox.h"
#include "runners/data/data_set.h"
#include "runners/data/example_cache.h"

namespace agon {

/// Writes the numbers of every list of labels of one example of class `label`, from the numbers of
/// `random` that Draw gets too.
using DrawLabels = void (*)(RandomStream& random, std::int32_t label, std::span<std::int32_t> into);

/// Draws one example of class `label` into bytes [height, width, channels] of `channels` as the
/// drawing has them (1 for grey, 3 for colour), from numbers of `random` alone.
using Draw = void (*)(RandomStream& random, std::int32_t label, std::int64_t height,
                      std::int64_t width, std::span<std::uint8_t> hwc);

struct Drawing {
  std::string_view name;
  std::int64_t channels;
  Draw draw;
  DrawLabels labels = nullptr;  // null: the class is all there is
};

/// Drawn pictures, each drawn when first asked for.
class DrawnImages : public DataSet {
 public:
  DrawnImages(const Drawing& drawing, const DataFacts& facts, bool test);

  void image(std::int64_t index, std::span<std::uint8_t> hwc) const override;
  void labels(std::int64_t index, std::span<std::int32_t> into) const override;

 private:
  std::int32_t drawn_class(std::int64_t index) const;

  Drawing drawing_;
  std::string stream_;
  mutable ExampleCache cache_;
};

}  // namespace agon
