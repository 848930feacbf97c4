#include "runners/data/drawn/drawn.h"

#include <fmt/format.h>

#include <numeric>
#include <utility>
#include <vector>

#include "engine/base/philox.h"
#include "runners/data/failure.h"

namespace agon {
namespace {

constexpr std::int64_t kSmallest = 8;
constexpr std::int64_t kLargest = 1024;
constexpr std::int64_t kMostExamples = 100'000'000;

}  // namespace

std::string drawn_stream(std::string_view source, bool test) {
  return fmt::format("{}/{}", source, test ? "test" : "train");
}

std::int32_t drawn_label(std::string_view stream, std::int64_t classes, std::int64_t index) {
  RandomStream random(kDrawnSeed, fmt::format("{}/labels", stream),
                      static_cast<std::uint64_t>(index / classes));
  std::vector<std::int32_t> labels(static_cast<std::size_t>(classes));
  std::iota(labels.begin(), labels.end(), 0);
  for (std::size_t i = labels.size() - 1; i > 0; --i) {
    std::swap(labels[i], labels[random.below(static_cast<std::uint32_t>(i + 1))]);
  }
  return labels[static_cast<std::size_t>(index % classes)];
}

LabelFacts named_list(std::string name, std::vector<std::string> class_names, std::int64_t length) {
  const std::int64_t classes = std::ssize(class_names);
  return {std::move(name), classes, length, std::move(class_names)};
}

void set_drawn_counts(const DataSpec& spec, DataFacts& facts) {
  if (!spec.path.empty()) {
    fail_at_key(spec, "path",
                fmt::format("{} is drawn by the program and has no `path`", spec.source));
  }
  if (!spec.test.empty()) {
    fail_at_key(spec, "test",
                fmt::format("{} is drawn by the program and has no `test` folder", spec.source));
  }
  facts.count = spec.count.value_or(kDrawnCount);
  facts.test_count = kDrawnTestCount;
  if (facts.count < 1 || facts.count > kMostExamples) {
    fail_at_key(spec, "count",
                fmt::format("`count` is {}; want 1 to {}", facts.count, kMostExamples));
  }
}

void set_drawn_shape(const DataSpec& spec, std::int64_t size, std::int64_t channels,
                     DataFacts& facts) {
  facts.height = spec.height.value_or(size);
  facts.width = spec.width.value_or(size);
  facts.channels = spec.channels.value_or(channels);
  for (const std::int64_t side : {facts.height, facts.width}) {
    if (side < kSmallest || side > kLargest) {
      fail_at_key(spec, "size",
                  fmt::format("{} is drawn at {} to {} pixels a side; `size` asks for {}",
                              spec.source, kSmallest, kLargest, side));
    }
  }
  if (facts.channels != 1 && facts.channels != 3) {
    fail_at_key(spec, "channels", fmt::format("`channels` is {}; want 1 or 3", facts.channels));
  }
}

}  // namespace agon
