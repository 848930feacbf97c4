#include "runners/data/augment.h"

#include <fmt/format.h>

#include <algorithm>

namespace agon {
namespace {

/// In [0, bound), from one word; `bound` is far below 2^32, so what is uneven does not show.
std::int64_t below(std::uint32_t word, std::int64_t bound) {
  return static_cast<std::int64_t>((std::uint64_t{word} * static_cast<std::uint64_t>(bound)) >> 32);
}

}  // namespace

std::string augment_stream(const DataSpec& spec) {
  return spec.name.empty() || spec.paired ? "data/augment"
                                          : fmt::format("data.{}/augment", spec.name);
}

Augmenter::Augmenter(const DataSpec& spec, const DataFacts& facts, std::int64_t seed)
    : items_(spec.augment),
      key_(stream_key(seed, fmt::format("{}/{}", augment_stream(spec), kAugmentVersion))),
      height_(facts.height),
      width_(facts.width),
      channels_(facts.channels),
      before_(static_cast<std::size_t>(height_ * width_ * channels_)) {}

void Augmenter::apply(std::int64_t position, std::span<std::uint8_t> hwc) {
  const auto at = static_cast<std::uint64_t>(position);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const PhiloxCounter words =
        philox({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at >> 32),
                static_cast<std::uint32_t>(i), 0},
               key_);
    const std::int64_t by = items_[i].by;
    switch (items_[i].kind) {
      case Augment::Kind::Flip:
        if (words[0] >> 31 != 0) flip(hwc);
        break;
      case Augment::Kind::FlipVertical:
        if (words[0] >> 31 != 0) flip_vertical(hwc);
        break;
      case Augment::Kind::Turn:
        turn(hwc, words[0] >> 30);
        break;
      case Augment::Kind::Shift:
        shift(hwc, below(words[0], 2 * by + 1) - by, below(words[1], 2 * by + 1) - by);
        break;
    }
  }
}

void Augmenter::flip(std::span<std::uint8_t> hwc) const {
  for (std::int64_t y = 0; y < height_; ++y) {
    std::uint8_t* row = hwc.data() + y * width_ * channels_;
    for (std::int64_t x = 0; x < width_ / 2; ++x) {
      std::swap_ranges(row + x * channels_, row + (x + 1) * channels_,
                       row + (width_ - 1 - x) * channels_);
    }
  }
}

void Augmenter::flip_vertical(std::span<std::uint8_t> hwc) const {
  const std::int64_t row = width_ * channels_;
  for (std::int64_t y = 0; y < height_ / 2; ++y) {
    std::swap_ranges(hwc.data() + y * row, hwc.data() + (y + 1) * row,
                     hwc.data() + (height_ - 1 - y) * row);
  }
}

void Augmenter::turn(std::span<std::uint8_t> hwc, std::uint32_t quarters) {
  const std::int64_t last = height_ - 1;  // the picture is square
  for (std::uint32_t quarter = 0; quarter < quarters; ++quarter) {
    std::ranges::copy(hwc, before_.begin());
    for (std::int64_t y = 0; y < height_; ++y) {
      for (std::int64_t x = 0; x < width_; ++x) {
        std::copy_n(before_.data() + ((last - x) * width_ + y) * channels_, channels_,
                    hwc.data() + (y * width_ + x) * channels_);
      }
    }
  }
}

void Augmenter::shift(std::span<std::uint8_t> hwc, std::int64_t down, std::int64_t right) {
  std::ranges::copy(hwc, before_.begin());
  for (std::int64_t y = 0; y < height_; ++y) {
    const std::int64_t from_y = std::clamp<std::int64_t>(y - down, 0, height_ - 1);
    for (std::int64_t x = 0; x < width_; ++x) {
      const std::int64_t from_x = std::clamp<std::int64_t>(x - right, 0, width_ - 1);
      std::copy_n(before_.data() + (from_y * width_ + from_x) * channels_, channels_,
                  hwc.data() + (y * width_ + x) * channels_);
    }
  }
}

}  // namespace agon
