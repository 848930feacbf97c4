#include "runners/sweep/search/settings.h"

#include <algorithm>

#include "runners/sweep/search/cells.h"

namespace agon {

namespace {

constexpr int kDraws = 64;  // before the settings are walked one by one

bool decides_others(const Space& space, std::size_t i) {
  return std::any_of(space.begin(), space.end(), [i](const Dimension& dimension) {
    return dimension.condition && dimension.condition->dimension == i;
  });
}

std::int64_t capped_product(std::int64_t a, std::int64_t b) {
  return a > 0 && b > kCountless / a ? kCountless : a * b;
}

/// How many ways there are to go on from dimension `i`, the earlier ones being as in `point`.
std::optional<std::int64_t> count_from(const Space& space, Point& point, std::size_t i) {
  if (i == space.size()) return 1;
  point[i].reset();
  if (!is_active(space, point, i)) return count_from(space, point, i + 1);
  const std::optional<std::int64_t> values = value_count(space[i]);
  if (!values) return std::nullopt;
  if (!decides_others(space, i)) {
    const std::optional<std::int64_t> rest = count_from(space, point, i + 1);
    return rest ? std::optional(capped_product(*values, *rest)) : std::nullopt;
  }
  std::int64_t sum = 0;
  for (std::int64_t value = 0; value < *values; ++value) {
    point[i] = static_cast<double>(value);
    const std::optional<std::int64_t> rest = count_from(space, point, i + 1);
    if (!rest) return std::nullopt;
    sum = std::min(kCountless, sum + *rest);
  }
  point[i].reset();
  return sum;
}

double nth_value(const Dimension& dimension, std::int64_t k) {
  if (dimension.kind == Dimension::Kind::Choice) return static_cast<double>(k);
  if (!has_steps(dimension)) return dimension.low;
  const double step = dimension.step > 0 ? dimension.step : 1;
  // by way of the share, so that a value has the same bits whoever proposes it
  return value_at(dimension, share_of(dimension, dimension.low + static_cast<double>(k) * step));
}

}  // namespace

std::optional<std::int64_t> count_settings(const Space& space) {
  Point point(space.size());
  return count_from(space, point, 0);
}

Point setting_at(const Space& space, std::int64_t number) {
  Point point(space.size());
  for (std::size_t i = 0; i < space.size(); ++i) {
    if (!is_active(space, point, i)) continue;
    if (!decides_others(space, i)) {
      Point rest = point;
      const std::int64_t below = count_from(space, rest, i + 1).value();
      point[i] = nth_value(space[i], number / below);
      number %= below;
      continue;
    }
    for (std::int64_t value = 0;; ++value) {
      point[i] = static_cast<double>(value);
      Point rest = point;
      const std::int64_t below = count_from(space, rest, i + 1).value();
      if (number < below) break;
      number -= below;
    }
  }
  return point;
}

Point draw_setting(const Space& space, RandomStream& random) {
  Point point(space.size());
  for (std::size_t i = 0; i < space.size(); ++i) {
    if (is_active(space, point, i)) point[i] = value_at(space[i], random.uniform());
  }
  return point;
}

Point setting_of_shares(const Space& space, std::span<const double> shares) {
  Point point(space.size());
  for (std::size_t i = 0; i < space.size(); ++i) {
    if (is_active(space, point, i)) point[i] = value_at(space[i], shares[i]);
  }
  return point;
}

Proposed::Proposed(const Space& space, std::span<const Tried> tried, std::span<const Point> pending)
    : space_(&space), count_(count_settings(space)), points_(pending.begin(), pending.end()) {
  for (const Tried& one : tried) points_.insert(one.point);
}

std::optional<Point> Proposed::unless_new(Point wanted, RandomStream& random) const {
  if (all()) return std::nullopt;
  for (int draw = 0; draw < kDraws && has(wanted); ++draw) wanted = draw_setting(*space_, random);
  if (!has(wanted) || !count_) return wanted;
  const auto bound = static_cast<double>(*count_);
  std::int64_t number = std::min(*count_ - 1, static_cast<std::int64_t>(bound * random.uniform()));
  while (has(wanted)) {
    wanted = setting_at(*space_, number);
    number = (number + 1) % *count_;
  }
  return wanted;
}

}  // namespace agon
