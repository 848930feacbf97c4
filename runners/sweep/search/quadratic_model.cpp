#include "runners/sweep/search/quadratic_model.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace agon {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kPointsOfCoefficient = 1.1;
constexpr double kLeastWeight = 0.05;
constexpr double kFlattest = 1e-3;  // a curvature, as a share of the largest

/// f(z) = constant + gradient . z + z . curvature z / 2
struct Quadratic {
  VectorXd gradient;
  MatrixXd curvature;
};

Index separable_coefficients(Index n) {
  return 1 + 2 * n;
}

/// What each coefficient is multiplied with at z.
void write_terms(const VectorXd& z, bool mixed, Eigen::Ref<VectorXd> terms) {
  Index k = 0;
  terms[k++] = 1;
  for (const double x : z) terms[k++] = x;
  for (const double x : z) terms[k++] = 0.5 * x * x;
  for (Index i = 0; mixed && i < z.size(); ++i) {
    for (Index j = 0; j < i; ++j) terms[k++] = z[i] * z[j];
  }
}

Quadratic function_of(const VectorXd& coefficients, Index n, bool mixed) {
  Quadratic f{coefficients.segment(1, n), coefficients.segment(1 + n, n).asDiagonal()};
  Index k = separable_coefficients(n);
  for (Index i = 0; mixed && i < n; ++i) {
    for (Index j = 0; j < i; ++j) f.curvature(i, j) = f.curvature(j, i) = coefficients[k++];
  }
  return f;
}

Quadratic fitted(const MatrixXd& points, const VectorXd& values, bool mixed) {
  const Index n = points.rows(), count = points.cols();
  std::vector<Index> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return values[a] < values[b]; });
  MatrixXd terms(mixed ? quadratic_coefficients(n) : separable_coefficients(n), count);
  VectorXd weighed(count);
  for (Index k = 0; k < count; ++k) {
    const Index i = order[static_cast<std::size_t>(k)];
    const double rank = static_cast<double>(k) / static_cast<double>(count - 1);
    const double weight = std::sqrt(1 - (1 - kLeastWeight) * rank);
    write_terms(points.col(i), mixed, terms.col(k));
    terms.col(k) *= weight;
    weighed[k] = weight * values[i];
  }
  return function_of(terms.transpose().colPivHouseholderQr().solve(weighed), n, mixed);
}

}  // namespace

Index quadratic_coefficients(Index dimensions) {
  return separable_coefficients(dimensions) + dimensions * (dimensions - 1) / 2;
}

std::optional<VectorXd> quadratic_minimum(const MatrixXd& points, const VectorXd& values,
                                          double radius) {
  const auto suffices_for = [&](Index coefficients) {
    return static_cast<double>(points.cols()) >=
           kPointsOfCoefficient * static_cast<double>(coefficients);
  };
  if (!suffices_for(separable_coefficients(points.rows()))) return std::nullopt;
  const bool mixed = suffices_for(quadratic_coefficients(points.rows()));
  const Quadratic f = fitted(points, values, mixed);
  if (!f.gradient.allFinite() || !f.curvature.allFinite()) return std::nullopt;
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(f.curvature);
  const VectorXd bends = solver.eigenvalues().cwiseAbs();
  // where it bends down there is no minimum: as far as if it bent up
  const double least = kFlattest * bends.maxCoeff();
  const VectorXd slopes = solver.eigenvectors().transpose() * f.gradient;
  const VectorXd z = -(solver.eigenvectors() * slopes.cwiseQuotient(bends.cwiseMax(least)));
  if (!z.allFinite()) return std::nullopt;
  return z * std::min(1.0, radius / std::max(z.norm(), radius));
}

}  // namespace agon
