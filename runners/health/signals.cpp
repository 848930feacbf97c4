#include "runners/health/signals.h"

#include <algorithm>
#include <cmath>

namespace agon {

namespace {
constexpr std::int64_t kCoarse = 16;

double share(std::span<const float> values, auto&& counts) {
  if (values.empty()) return 0;
  const auto found = std::count_if(values.begin(), values.end(), counts);
  return static_cast<double>(found) / static_cast<double>(values.size());
}

double distance(const float* a, const float* b, std::int64_t numbers) {
  return std::sqrt(squared_change(a, b, numbers).moved);
}

/// Where each of `cells` equal parts of `size` pixels begins, and the end of the last.
std::vector<std::int64_t> edges_of(std::int64_t size, std::int64_t cells) {
  std::vector<std::int64_t> edges;
  for (std::int64_t i = 0; i <= cells; ++i) edges.push_back(i * size / cells);
  return edges;
}

struct Extent {
  std::int64_t begin = 0, end = 0;
};

/// Of one channel of a picture, whose first pixel is at `channel`.
float mean_within(const float* channel, const Examples& e, Extent rows, Extent columns) {
  double sum = 0;
  for (std::int64_t y = rows.begin; y < rows.end; ++y) {
    for (std::int64_t x = columns.begin; x < columns.end; ++x)
      sum += channel[(y * e.width + x) * e.channels];
  }
  const std::int64_t pixels = (rows.end - rows.begin) * (columns.end - columns.begin);
  return static_cast<float>(sum / static_cast<double>(pixels));
}
}  // namespace

SquaredChange squared_change(const float* before, const float* after, std::int64_t count) {
  // four sums beside each other, which do not wait for one another
  double moved[4] = {}, length[4] = {};
  const auto take = [&](std::int64_t i, int k) {
    const double old = before[i], difference = after[i] - old;
    moved[k] += difference * difference;
    length[k] += old * old;
  };
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
    take(i, 0);
    take(i + 1, 1);
    take(i + 2, 2);
    take(i + 3, 3);
  }
  for (; i < count; ++i) take(i, 0);
  return {(moved[0] + moved[1]) + (moved[2] + moved[3]),
          (length[0] + length[1]) + (length[2] + length[3])};
}

double share_above(std::span<const float> values, double boundary) {
  return share(values, [&](float x) { return x > boundary; });
}

double share_vanished(std::span<const float> logits) {
  const double limit = std::log(1e-4 / (1 - 1e-4));
  return share(logits, [&](float x) { return x < limit; });
}

double mean_of(std::span<const float> values) {
  double sum = 0;
  for (const float x : values) sum += x;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double standard_deviation(std::span<const float> values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const float x : values) sum += (x - mean) * (x - mean);
  return values.empty() ? 0 : std::sqrt(sum / static_cast<double>(values.size()));
}

std::vector<float> row_means(std::span<const float> values, std::int64_t rows) {
  std::vector<float> means;
  const std::size_t length =
      values.size() / static_cast<std::size_t>(std::max<std::int64_t>(rows, 1));
  for (std::size_t i = 0; length > 0 && i < values.size(); i += length)
    means.push_back(static_cast<float>(mean_of(values.subspan(i, length))));
  return means;
}

Estimate overfitting(std::span<const float> trained_on, std::span<const float> held_out,
                     std::span<const float> generated) {
  if (std::min({trained_on.size(), held_out.size(), generated.size()}) < 2) return {};
  const double apart = mean_of(trained_on) - mean_of(generated);
  if (!(apart > 0)) return {};
  const double ratio = (mean_of(trained_on) - mean_of(held_out)) / apart;
  const auto mean_error = [](std::span<const float> scores) {
    return standard_deviation(scores) / std::sqrt(static_cast<double>(scores.size() - 1));
  };
  // the derivatives of the ratio with respect to the three means, times `apart`
  const double parts[] = {(1 - ratio) * mean_error(trained_on), mean_error(held_out),
                          ratio * mean_error(generated)};
  return {.value = ratio, .error = std::hypot(parts[0], parts[1], parts[2]) / apart};
}

std::vector<float> coarse(const Examples& e) {
  if (e.height <= kCoarse && e.width <= kCoarse) return {e.values.begin(), e.values.end()};
  const std::int64_t rows = std::min(kCoarse, e.height), columns = std::min(kCoarse, e.width);
  std::vector<float> result;
  result.reserve(static_cast<std::size_t>(e.count * rows * columns * e.channels));
  const std::vector<std::int64_t> down = edges_of(e.height, rows),
                                  across = edges_of(e.width, columns);
  for (std::int64_t n = 0; n < e.count; ++n) {
    const float* picture = e.values.data() + n * e.height * e.width * e.channels;
    for (std::size_t row = 0; row + 1 < down.size(); ++row) {
      for (std::size_t column = 0; column + 1 < across.size(); ++column) {
        for (std::int64_t c = 0; c < e.channels; ++c) {
          result.push_back(mean_within(picture + c, e, {down[row], down[row + 1]},
                                       {across[column], across[column + 1]}));
        }
      }
    }
  }
  return result;
}

double mean_distance(const Examples& examples) {
  const std::vector<float> seen = coarse(examples);
  if (examples.count < 2) return 0;
  const auto numbers = std::ssize(seen) / examples.count;
  double sum = 0;
  for (std::int64_t i = 0; i < examples.count; ++i) {
    for (std::int64_t j = 0; j < i; ++j)
      sum += distance(&seen[static_cast<std::size_t>(i * numbers)],
                      &seen[static_cast<std::size_t>(j * numbers)], numbers);
  }
  return sum / (static_cast<double>(examples.count) * static_cast<double>(examples.count - 1) / 2);
}

double mean_distance(const Examples& a, const Examples& b, const std::vector<bool>& counts) {
  const std::vector<float> seen_a = coarse(a), seen_b = coarse(b);
  if (a.count == 0) return 0;
  const auto numbers = std::ssize(seen_a) / a.count;
  double sum = 0, rows = 0;
  for (std::int64_t i = 0; i < a.count; ++i) {
    if (!counts[static_cast<std::size_t>(i)]) continue;
    sum += distance(&seen_a[static_cast<std::size_t>(i * numbers)],
                    &seen_b[static_cast<std::size_t>(i * numbers)], numbers);
    rows += 1;
  }
  return rows == 0 ? 0 : sum / rows;
}

double share_saturated(std::span<const float> values, double low, double high) {
  const double edge = 0.005 * (high - low);
  return share(values, [&](float x) { return x < low + edge || x > high - edge; });
}

double share_still(const Examples& e, double within) {
  const std::int64_t numbers = e.numbers();
  if (numbers == 0) return 0;
  std::int64_t still = 0;
  for (std::int64_t i = 0; i < numbers; ++i) {
    float low = e.values[static_cast<std::size_t>(i)], high = low;
    for (std::int64_t n = 1; n < e.count; ++n) {
      const float x = e.values[static_cast<std::size_t>(n * numbers + i)];
      low = std::min(low, x);
      high = std::max(high, x);
    }
    still += high - low < within ? 1 : 0;
  }
  return static_cast<double>(still) / static_cast<double>(numbers);
}

double share_active(std::span<const float> means, std::int64_t count) {
  if (count == 0) return 0;
  const auto units = std::ssize(means) / count;
  std::int64_t active = 0;
  for (std::int64_t u = 0; u < units; ++u) {
    double sum = 0, squares = 0;
    for (std::int64_t n = 0; n < count; ++n) {
      const double x = means[static_cast<std::size_t>(n * units + u)];
      sum += x;
      squares += x * x;
    }
    const auto examples = static_cast<double>(count);
    const double mean = sum / examples;
    active += squares / examples - mean * mean > 0.01 ? 1 : 0;
  }
  return units == 0 ? 0 : static_cast<double>(active) / static_cast<double>(units);
}

double mean_divergence(std::span<const float> means, std::span<const float> logvars,
                       std::int64_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < std::min(means.size(), logvars.size()); ++i) {
    const double mean = means[i], logvar = logvars[i];
    sum += 0.5 * (mean * mean + std::exp(logvar) - 1 - logvar);
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

}  // namespace agon
