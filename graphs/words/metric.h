#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace agon {

/// What a metric is computed from. All but Losses need `fake:` and `real:`.
enum class MetricNeeds {
  Losses,    // the file's losses
  Values,    // fake and real, each example a tensor of one shape; any two examples may be compared
  Pairs,     // fake and real, example by example
  Pictures,  // the same, of pictures
  Features,  // what a feature network makes of both
  Modes,     // points whose modes are known, or a classifier's reading of labelled data
};

/// A word of `metrics:`. How it is computed stands in runners/metrics, in a row of the same name.
struct MetricDef {
  std::string name;
  std::string doc;     // what it measures, and its source
  std::string values;  // the names it gives
  MetricNeeds needs = MetricNeeds::Values;
  std::int64_t least_side = 1;  // of a picture, in pixels
  /// Whether there must be more examples than numbers in an example's features.
  bool more_than_features = false;
  std::int64_t least_count = 1;
};

/// All metrics in the order of the docs.
std::span<const MetricDef> metrics();
const MetricDef* find_metric(std::string_view name);

}  // namespace agon
