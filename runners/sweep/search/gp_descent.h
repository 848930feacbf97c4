#pragma once
#include <Eigen/Core>
#include <functional>

namespace agon {

struct Box {
  Eigen::VectorXd low, high;
};

/// The value of a function at x, and its gradient.
using Differentiable = std::function<double(const Eigen::VectorXd& x, Eigen::VectorXd& gradient)>;

struct Descent {
  Eigen::VectorXd x;
  double value = 0;
};

/// A local minimum within a box: limited-memory BFGS (Nocedal and Wright, "Numerical optimization",
/// algorithm 7.4) on the coordinates that no side of the box holds back, each step cut to the box.
/// A value that is not finite counts as too large.
Descent descend(const Differentiable& function, const Eigen::VectorXd& start, const Box& box,
                int steps);

}  // namespace agon
