#include "runners/sweep/search/gp_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "runners/sweep/search/gp_descent.h"

namespace agon {

namespace {

using Eigen::ArrayXXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kFitSteps = 40;
constexpr double kLeastLength = 0.02, kMostLength = 50;
constexpr double kLeastNoise = 1e-8, kMostNoise = 1;  // against values of variance 1
const double kRoot5 = std::sqrt(5.0);

/// The kernel as a function of the squared distance, and its slope.
double kernel(double square) {
  const double far = kRoot5 * std::sqrt(square);
  return (1 + far + far * far / 3) * std::exp(-far);
}

double kernel_slope(double square) {
  const double far = kRoot5 * std::sqrt(square);
  return -5.0 / 6 * (1 + far) * std::exp(-far);
}

/// -log of a normal density of `x`, less a constant; adds its slope.
double normal_misfit(double x, double mean, double deviation, double& slope) {
  const double z = (x - mean) / deviation;
  slope += z / deviation;
  return 0.5 * z * z;
}

}  // namespace

GpModel::GpModel(MatrixXd rows, VectorXd values, std::vector<std::size_t> owners)
    : rows_(std::move(rows)), values_(std::move(values)), owners_(std::move(owners)) {
  dimensions_ = owners_.back() + 1;
  parameters_ = VectorXd::Zero(static_cast<Index>(dimensions_) + 2);
}

MatrixXd GpModel::squares(std::size_t dimension) const {
  MatrixXd sum = MatrixXd::Zero(rows_.rows(), rows_.rows());
  for (std::size_t c = 0; c < owners_.size(); ++c) {
    if (owners_[c] != dimension) continue;
    const auto column = rows_.col(static_cast<Index>(c));
    for (Index j = 0; j < sum.cols(); ++j)
      sum.col(j).array() += (column.array() - column[j]).square();
  }
  return sum;
}

double GpModel::misfit(const VectorXd& parameters, VectorXd& gradient) const {
  const Index n = rows_.rows(), d = static_cast<Index>(dimensions_);
  const double size = std::exp(parameters[d]), noise = std::exp(parameters[d + 1]);
  MatrixXd square = MatrixXd::Zero(n, n);
  for (Index i = 0; i < d; ++i) {
    square += std::exp(-2 * parameters[i]) * squares_[static_cast<std::size_t>(i)];
  }
  const MatrixXd k = size * square.unaryExpr(&kernel);
  const Eigen::LLT<MatrixXd> factor(k + noise * MatrixXd::Identity(n, n));
  if (factor.info() != Eigen::Success) return std::numeric_limits<double>::infinity();
  const VectorXd alpha = factor.solve(values_);
  const MatrixXd pull = factor.solve(MatrixXd::Identity(n, n)) - alpha * alpha.transpose();

  gradient.setZero(d + 2);
  const MatrixXd slope = -2 * size * pull.cwiseProduct(square.unaryExpr(&kernel_slope));
  for (Index i = 0; i < d; ++i) {
    gradient[i] = 0.5 * std::exp(-2 * parameters[i]) *
                  slope.cwiseProduct(squares_[static_cast<std::size_t>(i)]).sum();
  }
  gradient[d] = 0.5 * pull.cwiseProduct(k).sum();
  gradient[d + 1] = 0.5 * noise * pull.trace();
  double sum = 0.5 * values_.dot(alpha) + factor.matrixLLT().diagonal().array().log().sum();
  const double usual = std::log(0.5) + 0.5 * std::log(static_cast<double>(dimensions_));
  for (Index i = 0; i < d; ++i) sum += normal_misfit(parameters[i], usual, 1.5, gradient[i]);
  sum += normal_misfit(parameters[d], 0, 1.5, gradient[d]);
  sum += normal_misfit(parameters[d + 1], std::log(1e-6), 4, gradient[d + 1]);
  return sum;
}

double GpModel::fit() {
  const Index d = static_cast<Index>(dimensions_);
  for (std::size_t i = 0; i < dimensions_; ++i) squares_.push_back(squares(i));
  Box box{VectorXd::Constant(d + 2, std::log(kLeastLength)),
          VectorXd::Constant(d + 2, std::log(kMostLength))};
  box.low[d] = std::log(0.01), box.high[d] = std::log(1000);
  box.low[d + 1] = std::log(kLeastNoise), box.high[d + 1] = std::log(kMostNoise);
  const double usual = 0.5 * std::log(static_cast<double>(dimensions_));
  Descent best{{}, std::numeric_limits<double>::infinity()};
  for (const auto& [length, noise] : {std::pair{0.5, 1e-5}, std::pair{0.2, 1e-2}}) {
    VectorXd start = VectorXd::Constant(d + 2, std::log(length) + usual);
    start[d] = 0;
    start[d + 1] = std::log(noise);
    const Descent found =
        descend([this](const VectorXd& x, VectorXd& gradient) { return misfit(x, gradient); },
                start, box, kFitSteps);
    if (found.value < best.value || best.x.size() == 0) best = found;
  }
  parameters_ = best.x;
  squares_.clear();
  factor();
  return best.value;
}

void GpModel::factor() {
  const Index n = rows_.rows(), d = static_cast<Index>(dimensions_);
  MatrixXd scaled = rows_;
  for (Index c = 0; c < scaled.cols(); ++c) {
    scaled.col(c) *=
        std::exp(-parameters_[static_cast<Index>(owners_[static_cast<std::size_t>(c)])]);
  }
  MatrixXd k(n, n);
  for (Index j = 0; j < n; ++j) {
    for (Index i = 0; i < n; ++i) k(i, j) = kernel((scaled.row(i) - scaled.row(j)).squaredNorm());
  }
  k *= std::exp(parameters_[d]);
  for (;; parameters_[d + 1] += std::log(10.0)) {
    factor_.compute(k + std::exp(parameters_[d + 1]) * MatrixXd::Identity(n, n));
    if (factor_.info() == Eigen::Success) break;
  }
  alpha_ = factor_.solve(values_);
}

void GpModel::believe(const std::vector<VectorXd>& places) {
  const Index known = rows_.rows(), added = static_cast<Index>(places.size());
  if (added == 0) return;
  VectorXd means(added);
  for (Index i = 0; i < added; ++i) means[i] = at(places[static_cast<std::size_t>(i)], false).mean;
  rows_.conservativeResize(known + added, Eigen::NoChange);
  values_.conservativeResize(known + added);
  for (Index i = 0; i < added; ++i) {
    rows_.row(known + i) = places[static_cast<std::size_t>(i)].transpose();
  }
  values_.tail(added) = means;
  factor();
}

Belief GpModel::at(const VectorXd& place, bool slopes) const {
  const double size = std::exp(parameters_[static_cast<Index>(dimensions_)]);
  VectorXd scales(rows_.cols());
  for (Index c = 0; c < scales.size(); ++c) {
    const auto owner = static_cast<Index>(owners_[static_cast<std::size_t>(c)]);
    scales[c] = std::exp(-2 * parameters_[owner]);
  }
  MatrixXd apart = (-rows_).rowwise() + place.transpose();
  const VectorXd square = apart.cwiseAbs2() * scales;
  const VectorXd k = size * square.unaryExpr(&kernel);
  const VectorXd half = factor_.matrixL().solve(k);
  Belief belief{.mean = k.dot(alpha_),
                .variance = std::max(size - half.squaredNorm(), 1e-14 * size)};
  if (!slopes) return belief;
  const VectorXd slope = 2 * size * square.unaryExpr(&kernel_slope);
  const VectorXd weights = factor_.matrixU().solve(half);
  belief.mean_slope = (apart.transpose() * slope.cwiseProduct(alpha_)).cwiseProduct(scales);
  belief.variance_slope =
      -2 * (apart.transpose() * slope.cwiseProduct(weights)).cwiseProduct(scales);
  return belief;
}

double GpModel::lowest_mean() const {
  double lowest = std::numeric_limits<double>::infinity();
  for (Index i = 0; i < rows_.rows(); ++i) {
    // K alpha = values - noise alpha
    lowest =
        std::min(lowest, values_[i] - std::exp(parameters_[parameters_.size() - 1]) * alpha_[i]);
  }
  return lowest;
}

}  // namespace agon
