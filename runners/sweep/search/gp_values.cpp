#include "runners/sweep/search/gp_values.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace agon {
namespace {

constexpr double kSumPart = 0.05;  // ParEGO's share of the plain sum

/// Weights that add up to 1, even over all such.
std::vector<double> draw_weights(std::size_t count, RandomStream& random) {
  std::vector<double> weights(count);
  double sum = 0;
  for (double& weight : weights) sum += weight = -std::log(1 - random.uniform());
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// The augmented Chebyshev norm of the objectives, each from 0 to 1.
std::vector<FittedValue> as_one(std::span<const Tried> tried, RandomStream& random) {
  std::vector<FittedValue> result;
  std::vector<double> low, high;
  for (std::size_t i = 0; i < tried.size(); ++i) {
    const std::vector<double>& values = tried[i].values;
    if (values.empty()) continue;
    result.push_back({i, values[0]});
    if (low.empty()) low = high = values;
    for (std::size_t k = 0; k < values.size(); ++k) {
      low[k] = std::min(low[k], values[k]);
      high[k] = std::max(high[k], values[k]);
    }
  }
  if (low.size() < 2) return result;
  const std::vector<double> weights = draw_weights(low.size(), random);
  for (FittedValue& one : result) {
    double most = 0, sum = 0;
    for (std::size_t k = 0; k < low.size(); ++k) {
      const double range = high[k] > low[k] ? high[k] - low[k] : 1;
      const double part = weights[k] * (tried[one.setting].values[k] - low[k]) / range;
      most = std::max(most, part);
      sum += part;
    }
    one.value = most + kSumPart * sum;
  }
  return result;
}

}  // namespace

std::vector<FittedValue> values_to_fit(std::span<const Tried> tried, std::size_t most,
                                       RandomStream& random) {
  std::vector<FittedValue> values = as_one(tried, random);
  const auto smaller = [](const FittedValue& a, const FittedValue& b) { return a.value < b.value; };
  std::stable_sort(values.begin(), values.end(), smaller);
  const double worst = values.back().value;
  for (std::size_t i = 0; i < tried.size(); ++i) {
    if (tried[i].values.empty()) values.push_back({i, worst});
  }
  if (values.size() > most) {
    const auto rest = values.begin() + static_cast<std::ptrdiff_t>(most / 2);
    std::sort(rest, values.end(),
              [](const FittedValue& a, const FittedValue& b) { return a.setting > b.setting; });
    values.resize(most);
    std::stable_sort(values.begin(), values.end(), smaller);
  }
  return values;
}

double draw_in_tail(std::vector<FittedValue>& sorted) {
  const double lowest = sorted.front().value;
  const double usual = sorted[sorted.size() / 2].value - lowest;
  if (!(usual > 0)) return 0;
  double slopes = 0;
  for (FittedValue& one : sorted) {
    const double times = 1 + (one.value - lowest) / usual;
    one.value = std::log(times);
    slopes -= std::log(usual * times);
  }
  return slopes;
}

double standardise(std::vector<FittedValue>& values) {
  double sum = 0, squares = 0;
  const auto count = static_cast<double>(values.size());
  for (const FittedValue& one : values) sum += one.value;
  for (const FittedValue& one : values) squares += std::pow(one.value - sum / count, 2);
  const double deviation = squares > 0 ? std::sqrt(squares / count) : 1;
  for (FittedValue& one : values) one.value = (one.value - sum / count) / deviation;
  return -count * std::log(deviation);
}

}  // namespace agon
