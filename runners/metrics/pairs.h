#pragma once
#include <functional>
#include <string>

#include "runners/metrics/metric.h"

namespace agon {

/// A number of two examples, fake first; both hold setting.size() numbers.
using OfPair =
    std::function<double(const float* fake, const float* real, const MetricSetting& setting)>;

/// The mean of `of_pair` over all examples, several computed at once, added up in their order.
std::unique_ptr<Metric> mean_over_pairs(std::string name, const MetricSetting& setting,
                                        OfPair of_pair);

}  // namespace agon
