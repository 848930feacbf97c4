#include "runners/sweep/search/gp_descent.h"

#include <cmath>
#include <deque>

namespace agon {

namespace {

using Eigen::VectorXd;

constexpr std::size_t kMemory = 8;
constexpr int kHalvings = 20;
constexpr double kEnough = 1e-4;  // Armijo's part of the promised descent
constexpr double kFlat = 1e-6, kSmallGain = 1e-9;

struct Change {
  VectorXd x, gradient;
};

/// 0 where the box holds a coordinate back, else 1.
VectorXd free_of(const VectorXd& x, const VectorXd& gradient, const Box& box) {
  VectorXd free = VectorXd::Ones(x.size());
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    const bool held =
        (x[i] <= box.low[i] && gradient[i] > 0) || (x[i] >= box.high[i] && gradient[i] < 0);
    if (held) free[i] = 0;
  }
  return free;
}

/// The inverse Hessian, as the latest changes tell it, times `v`.
VectorXd apply_inverse(const std::deque<Change>& changes, const VectorXd& free, VectorXd v) {
  const auto inner = [&](const VectorXd& a, const VectorXd& b) {
    return (a.array() * b.array() * free.array()).sum();
  };
  std::vector<double> shares(changes.size());
  double scale = 1;
  for (std::size_t k = changes.size(); k-- > 0;) {
    const auto& [x, gradient] = changes[k];
    const double curved = inner(x, gradient);
    if (curved <= 0) continue;
    if (scale == 1) scale = curved / inner(gradient, gradient);
    shares[k] = inner(x, v) / curved;
    v -= shares[k] * gradient.cwiseProduct(free);
  }
  v *= scale;
  for (std::size_t k = 0; k < changes.size(); ++k) {
    const auto& [x, gradient] = changes[k];
    const double curved = inner(x, gradient);
    if (curved > 0) v += (shares[k] - inner(gradient, v) / curved) * x.cwiseProduct(free);
  }
  return v;
}

}  // namespace

Descent descend(const Differentiable& function, const VectorXd& start, const Box& box, int steps) {
  VectorXd x = start.cwiseMax(box.low).cwiseMin(box.high), gradient(x.size());
  double value = function(x, gradient);
  std::deque<Change> changes;
  for (int step = 0; step < steps && std::isfinite(value); ++step) {
    const VectorXd free = free_of(x, gradient, box);
    const VectorXd steepest = -gradient.cwiseProduct(free);
    if (steepest.lpNorm<Eigen::Infinity>() < kFlat) break;
    VectorXd direction = apply_inverse(changes, free, steepest);
    if (!(direction.dot(gradient) < 0)) direction = steepest;
    // the first step has no curvature to go by: a tenth of the box at most
    const double longest = (direction.cwiseAbs().array() / (box.high - box.low).array()).maxCoeff();
    double length = changes.empty() ? std::min(1.0, 0.1 / longest) : std::min(1.0, 0.5 / longest);

    VectorXd next, next_gradient(x.size());
    double next_value = 0;
    int halving = 0;
    for (; halving < kHalvings; ++halving, length /= 2) {
      next = (x + length * direction).cwiseMax(box.low).cwiseMin(box.high);
      next_value = function(next, next_gradient);
      if (next_value <= value + kEnough * gradient.dot(next - x)) break;
    }
    if (halving == kHalvings) break;
    changes.push_back({next - x, next_gradient - gradient});
    if (changes.size() > kMemory) changes.pop_front();
    const double gain = value - next_value;
    x = next;
    gradient = next_gradient;
    value = next_value;
    if (gain < kSmallGain * (1 + std::abs(value))) break;
  }
  return {x, value};
}

}  // namespace agon
