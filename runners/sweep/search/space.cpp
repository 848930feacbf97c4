#include "runners/sweep/search/space.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "runners/sweep/search/cells.h"

namespace agon {

namespace {

double step_of(const Dimension& dimension) {
  if (dimension.step > 0) return dimension.step;
  return dimension.kind == Dimension::Kind::Integer ? 1 : 0;
}

std::int64_t steps_of(const Dimension& dimension) {
  // a step such as 0.1 has no exact double: what is all but a whole step reaches `high`
  return static_cast<std::int64_t>(
             std::floor((dimension.high - dimension.low) / step_of(dimension) + 1e-9)) +
         1;
}

/// low + k step as a person writes it: 0.3 and not 0.30000000000000004.
double stepped_value(const Dimension& dimension, std::int64_t k) {
  const double value = dimension.low + static_cast<double>(k) * step_of(dimension);
  if (dimension.kind == Dimension::Kind::Integer) return std::round(value);
  char text[32];
  std::snprintf(text, sizeof text, "%.12g", value);
  return std::strtod(text, nullptr);
}

/// Where the share of value k begins and that of k - 1 ends, for u and in the logarithm. Below the
/// first value it lies as far as the edge above it, in ratio, since low - step / 2 may not be > 0.
double log_edge(const Dimension& dimension, std::int64_t k) {
  const double half = step_of(dimension) / 2;
  if (k == 0) return 2 * std::log(dimension.low) - std::log(dimension.low + half);
  return std::log(dimension.low + static_cast<double>(k) * step_of(dimension) - half);
}

std::int64_t index_at(const Dimension& dimension, double u) {
  const std::int64_t count = steps_of(dimension);
  double k = std::floor(u * static_cast<double>(count));
  if (dimension.log) {
    const double first = log_edge(dimension, 0), last = log_edge(dimension, count);
    const double value = std::exp(first + u * (last - first));
    k = std::floor((value - dimension.low) / step_of(dimension) + 0.5);
  }
  return static_cast<std::int64_t>(std::clamp(k, 0.0, static_cast<double>(count - 1)));
}

Cell stepped_cell(const Dimension& dimension, double value) {
  const std::int64_t count = steps_of(dimension);
  const double at = std::round((value - dimension.low) / step_of(dimension));
  const auto k = static_cast<std::int64_t>(std::clamp(at, 0.0, static_cast<double>(count - 1)));
  if (!dimension.log) {
    return {static_cast<double>(k) / static_cast<double>(count),
            static_cast<double>(k + 1) / static_cast<double>(count)};
  }
  const double first = log_edge(dimension, 0), last = log_edge(dimension, count);
  return {(log_edge(dimension, k) - first) / (last - first),
          (log_edge(dimension, k + 1) - first) / (last - first)};
}

Cell real_cell(const Dimension& dimension, double value) {
  if (!(dimension.high > dimension.low)) return {0.5, 0.5};
  const double u = dimension.log
                       ? std::log(value / dimension.low) / std::log(dimension.high / dimension.low)
                       : (value - dimension.low) / (dimension.high - dimension.low);
  return {std::clamp(u, 0.0, 1.0), std::clamp(u, 0.0, 1.0)};
}

}  // namespace

bool is_active(const Space& space, const Point& point, std::size_t i) {
  if (!space[i].condition) return true;
  const auto& [dimension, choices] = *space[i].condition;
  if (!point[dimension]) return false;
  const auto chosen = static_cast<std::size_t>(*point[dimension]);
  return std::find(choices.begin(), choices.end(), chosen) != choices.end();
}

bool has_steps(const Dimension& dimension) {
  return dimension.kind != Dimension::Kind::Choice && step_of(dimension) > 0;
}

double value_at(const Dimension& dimension, double u) {
  if (dimension.kind == Dimension::Kind::Choice) {
    const auto count = static_cast<double>(dimension.choices);
    return std::clamp(std::floor(u * count), 0.0, count - 1);
  }
  if (has_steps(dimension)) return stepped_value(dimension, index_at(dimension, u));
  const double value = dimension.log
                           ? dimension.low * std::exp(u * std::log(dimension.high / dimension.low))
                           : dimension.low + u * (dimension.high - dimension.low);
  return std::clamp(value, dimension.low, dimension.high);
}

Cell cell_of(const Dimension& dimension, double value) {
  if (dimension.kind == Dimension::Kind::Choice) {
    const auto count = static_cast<double>(dimension.choices);
    return {value / count, (value + 1) / count};
  }
  return has_steps(dimension) ? stepped_cell(dimension, value) : real_cell(dimension, value);
}

double share_of(const Dimension& dimension, double value) {
  return cell_of(dimension, value).middle();
}

std::optional<std::int64_t> value_count(const Dimension& dimension) {
  if (dimension.kind == Dimension::Kind::Choice) {
    return static_cast<std::int64_t>(dimension.choices);
  }
  if (has_steps(dimension)) return steps_of(dimension);
  if (dimension.low == dimension.high) return 1;
  return std::nullopt;
}

}  // namespace agon
