#include "runners/sweep/search/gp_improvement.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "runners/sweep/search/cells.h"
#include "runners/sweep/search/gp_descent.h"

namespace agon {

namespace {

using Eigen::VectorXd;

constexpr int kEven = 500, kNear = 300;  // settings drawn
constexpr std::size_t kClimbs = 5;
constexpr int kClimbSteps = 50, kRounds = 2;
constexpr double kMostTried = 16;  // values of one dimension, in a climb

struct Candidate {
  Point point;
  double gain = 0;
};

class Climb {
 public:
  Climb(const Space& space, const GpModel& model, const GpEncoding& encoding)
      : space_(space), model_(model), encoding_(encoding), lowest_(model.lowest_mean()) {}

  double gain(const Point& point) const {
    const Belief belief = model_.at(encoding_.encode(point), false);
    const double deviation = std::sqrt(belief.variance);
    double slope = 0;
    return std::log(deviation) + log_gain((belief.mean - lowest_) / deviation, slope);
  }

  Candidate from(Candidate candidate) const {
    bool discrete = false;
    for (const Dimension& dimension : space_) discrete |= value_count(dimension).has_value();
    for (int round = 0; round < (discrete ? kRounds : 1); ++round) {
      climb_smooth(candidate);
      if (discrete) climb_steps(candidate);
    }
    return candidate;
  }

 private:
  void climb_smooth(Candidate& candidate) const {
    const auto columns = encoding_.smooth_columns(candidate.point);
    if (columns.empty()) return;
    const auto count = static_cast<Eigen::Index>(columns.size());
    VectorXd row = encoding_.encode(candidate.point);
    const auto loss = [&](const VectorXd& x, VectorXd& gradient) {
      row(columns) = x;
      const Belief belief = model_.at(row, true);
      const double deviation = std::sqrt(belief.variance);
      const double z = (belief.mean - lowest_) / deviation;
      double slope = 0;
      const double gain = std::log(deviation) + log_gain(z, slope);
      const VectorXd deviation_slope = belief.variance_slope / (2 * deviation);
      const VectorXd all = slope * (belief.mean_slope - z * deviation_slope) / deviation +
                           deviation_slope / deviation;
      gradient = -all(columns);
      return -gain;
    };
    const Box box{VectorXd::Zero(count), VectorXd::Ones(count)};
    const Descent found = descend(loss, row(columns), box, kClimbSteps);
    row(columns) = found.x;
    keep_better(candidate, encoding_.with_smooth(candidate.point, row));
  }

  /// Tries other values of one dimension after another: all of a few, else the nearest.
  void climb_steps(Candidate& candidate) const {
    for (std::size_t i = 0; i < space_.size(); ++i) {
      const std::optional<std::int64_t> count = value_count(space_[i]);
      if (!count || !candidate.point[i]) continue;
      const Point before = candidate.point;
      if (static_cast<double>(*count) <= kMostTried || space_[i].kind == Dimension::Kind::Choice) {
        for (std::int64_t k = 0; k < *count; ++k) {
          const double u = (static_cast<double>(k) + 0.5) / static_cast<double>(*count);
          keep_better(candidate, changed(before, i, u));
        }
        continue;
      }
      const Cell cell = cell_of(space_[i], *before[i]);
      for (double far = 1; far < kMostTried; far *= 2) {
        for (const double u :
             {cell.from - (far - 0.5) * cell.width(), cell.to + (far - 0.5) * cell.width()}) {
          if (u >= 0 && u < 1) keep_better(candidate, changed(before, i, u));
        }
      }
    }
  }

  /// What becomes active by the change stands in the middle.
  Point changed(const Point& point, std::size_t i, double u) const {
    Point result(point.size());
    for (std::size_t j = 0; j < point.size(); ++j) {
      if (!is_active(space_, result, j)) continue;
      result[j] = j == i ? value_at(space_[i], u) : point[j] ? point[j] : value_at(space_[j], 0.5);
    }
    return result;
  }

  void keep_better(Candidate& candidate, Point point) const {
    const double now = gain(point);
    if (now > candidate.gain) candidate = {std::move(point), now};
  }

  const Space& space_;
  const GpModel& model_;
  const GpEncoding& encoding_;
  double lowest_;
};

/// A setting near another one: every dimension moved with an even chance, by up to `far`.
Point near(const Space& space, const Point& point, double far, RandomStream& random) {
  Point result(space.size());
  for (std::size_t i = 0; i < space.size(); ++i) {
    const double u = random.uniform(), step = far * random.normal();
    if (!is_active(space, result, i)) continue;
    const bool choice = space[i].kind == Dimension::Kind::Choice;
    if (!point[i] || (choice && u < 0.2)) {
      result[i] = value_at(space[i], random.uniform());
    } else if (choice || u < 0.5) {
      result[i] = point[i];
    } else {
      const double moved = share_of(space[i], *point[i]) + step;
      result[i] = value_at(space[i], std::clamp(moved, 0.0, 1.0));
    }
  }
  return result;
}

}  // namespace

double log_gain(double z, double& slope) {
  // E = phi(z) - z Phi(-z); its slope is -Phi(-z)
  const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi);
  const double tail = 0.5 * std::erfc(z / std::numbers::sqrt2);
  if (z < 5) {
    const double gain = density - z * tail;
    slope = -tail / gain;
    return std::log(gain);
  }
  // Mills' ratio as a series: E = phi(z) / z^2 (1 - 3 / z^2 + 15 / z^4 - 105 / z^6 ...)
  const double q = 1 / (z * z);
  const double series = 1 - q * (3 - q * (15 - q * (105 - q * 945)));
  slope = -(1 - q * (1 - q * (3 - q * (15 - q * 105)))) * z / series;
  return -0.5 * z * z - 0.5 * std::log(2 * std::numbers::pi) + std::log(q * series);
}

std::optional<Point> most_improving(const Space& space, const GpModel& model,
                                    const GpEncoding& encoding, const std::vector<Point>& best,
                                    const Proposed& proposed, RandomStream& random) {
  const Climb climb(space, model, encoding);
  std::vector<Candidate> found;
  const auto add = [&](Point point) {
    const double gain = climb.gain(point);
    found.push_back({std::move(point), gain});
  };
  for (int k = 0; k < kEven; ++k) add(draw_setting(space, random));
  for (int k = 0; k < kNear && !best.empty(); ++k) {
    const double far = std::pow(10, -random.uniform(0.5, 3.5));
    add(near(space, best[static_cast<std::size_t>(k) % best.size()], far, random));
  }
  const auto larger = [](const Candidate& a, const Candidate& b) { return a.gain > b.gain; };
  std::stable_sort(found.begin(), found.end(), larger);
  // half of the climbs from the best ones, the others from as many places far down the list
  const std::size_t climbs = std::min(kClimbs, found.size());
  for (std::size_t k = 0; k < climbs; ++k) {
    found.push_back(climb.from(found[k < climbs / 2 ? k : k * k * k]));
  }
  std::stable_sort(found.begin(), found.end(), larger);
  for (const Candidate& candidate : found) {
    if (!proposed.has(candidate.point)) return candidate.point;
  }
  return std::nullopt;
}

}  // namespace agon
