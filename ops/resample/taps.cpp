#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/base/error.h"
#include "ops/resample/resample.h"

namespace agon {

namespace {

/// The row being filled: weights of equal elements are added up.
class Row {
 public:
  explicit Row(Taps& taps) : taps_(taps), begin_(taps.index.size()) {}
  void add(std::int64_t i, double weight) {
    for (std::size_t t = begin_; t < taps_.index.size(); ++t) {
      if (taps_.index[t] == i) {
        taps_.weight[t] += weight;
        return;
      }
    }
    taps_.index.push_back(i);
    taps_.weight.push_back(weight);
  }

 private:
  Taps& taps_;
  std::size_t begin_;
};

struct Sizes {
  std::int64_t in = 1, out = 1, before = 0;
  double scale() const { return static_cast<double>(in) / static_cast<double>(out); }
  std::int64_t inside(std::int64_t i) const { return std::clamp<std::int64_t>(i, 0, in - 1); }
};

void nearest(Row& row, const Sizes& s, std::int64_t j) {
  row.add(j * s.in / s.out, 1);
}

void bilinear(Row& row, const Sizes& s, std::int64_t j) {
  const double at = std::max((static_cast<double>(j) + 0.5) * s.scale() - 0.5, 0.0);
  const auto i = static_cast<std::int64_t>(at);
  const double t = at - static_cast<double>(i);
  row.add(s.inside(i), 1 - t);
  if (t != 0) row.add(s.inside(i + 1), t);
}

/// The cubic convolution kernel at distance `x` below 2.
double cubic(double x) {
  constexpr double kA = -0.75;
  if (x <= 1) return ((kA + 2) * x - (kA + 3)) * x * x + 1;
  return ((x - 5) * x + 8) * x * kA - 4 * kA;
}

void bicubic(Row& row, const Sizes& s, std::int64_t j) {
  const double at = (static_cast<double>(j) + 0.5) * s.scale() - 0.5;
  const double i = std::floor(at);
  for (int k = -1; k <= 2; ++k) {
    const double weight = cubic(std::abs(at - i - k));
    if (weight != 0) row.add(s.inside(static_cast<std::int64_t>(i) + k), weight);
  }
}

void area(Row& row, const Sizes& s, std::int64_t j) {
  // in units of 1 / out the borders are whole numbers
  const std::int64_t from = j * s.in, to = (j + 1) * s.in;
  for (std::int64_t i = from / s.out; i * s.out < to; ++i) {
    const std::int64_t covered = std::min((i + 1) * s.out, to) - std::max(i * s.out, from);
    row.add(i, static_cast<double>(covered) / static_cast<double>(s.in));
  }
}

void binomial(Row& row, const Sizes& s, std::int64_t j) {
  double coefficient = std::pow(0.25, static_cast<double>(s.before));
  for (std::int64_t k = 0; k <= 2 * s.before; ++k) {
    const std::int64_t i = j + k - s.before;
    if (i >= 0 && i < s.in) row.add(i, coefficient);
    coefficient *= static_cast<double>(2 * s.before - k) / static_cast<double>(k + 1);
  }
}

void reflect(Row& row, const Sizes& s, std::int64_t j) {
  const std::int64_t i = std::abs(j - s.before);
  row.add(i < s.in ? i : 2 * (s.in - 1) - i, 1);
}

void replicate(Row& row, const Sizes& s, std::int64_t j) {
  row.add(s.inside(j - s.before), 1);
}

void any_sizes(const Sizes&) {}

void equal_sizes(const Sizes& s) {
  if (s.in != s.out)
    throw GraphError(fmt::format("binomial expects equal sizes, got {} and {}", s.in, s.out));
}

void room_for_padding(const Sizes& s) {
  if (s.out < s.in + s.before)
    throw GraphError(
        fmt::format("expects a size of at least {} + {}, got {}", s.before, s.in, s.out));
}

void reflected_inside(const Sizes& s) {
  room_for_padding(s);
  const std::int64_t widest = std::max(s.before, s.out - s.in - s.before);
  if (widest >= s.in) {
    throw GraphError(
        fmt::format("reflect expects padding below the size {}, got {}", s.in, widest));
  }
}

struct Rule {
  std::string_view name;
  void (*check)(const Sizes&);
  void (*fill)(Row&, const Sizes&, std::int64_t j);
};

constexpr std::array kRules = {
    Rule{"nearest", any_sizes, nearest},           Rule{"bilinear", any_sizes, bilinear},
    Rule{"bicubic", any_sizes, bicubic},           Rule{"area", any_sizes, area},
    Rule{"binomial", equal_sizes, binomial},       Rule{"reflect", reflected_inside, reflect},
    Rule{"replicate", room_for_padding, replicate}};

const Rule& rule_of(const std::string& name) {
  for (const Rule& rule : kRules) {
    if (rule.name == name) return rule;
  }
  throw GraphError(fmt::format("no rule '{}'", name));
}

}  // namespace

Taps taps_of(const ResampleAttrs& attrs, std::int64_t in, std::int64_t out) {
  const Rule& rule = rule_of(attrs.rule);
  const Sizes sizes{in, out, attrs.before};
  rule.check(sizes);
  Taps taps;
  for (std::int64_t j = 0; j < out; ++j) {
    Row row(taps);
    rule.fill(row, sizes, j);
    taps.first.push_back(static_cast<std::int64_t>(taps.index.size()));
  }
  return taps;
}

Taps transposed(const Taps& taps, std::int64_t in) {
  std::vector<std::vector<std::pair<std::int64_t, double>>> columns(static_cast<std::size_t>(in));
  for (std::int64_t j = 0; j < taps.rows(); ++j) {
    const auto row = static_cast<std::size_t>(j);
    for (auto t = static_cast<std::size_t>(taps.first[row]);
         t < static_cast<std::size_t>(taps.first[row + 1]); ++t)
      columns[static_cast<std::size_t>(taps.index[t])].emplace_back(j, taps.weight[t]);
  }
  Taps result;
  for (const auto& column : columns) {
    for (const auto& [j, weight] : column) {
      result.index.push_back(j);
      result.weight.push_back(weight);
    }
    result.first.push_back(static_cast<std::int64_t>(result.index.size()));
  }
  return result;
}

}  // namespace agon
