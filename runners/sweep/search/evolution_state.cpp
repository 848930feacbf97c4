#include "runners/sweep/search/evolution_state.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

namespace agon {

namespace {

using Eigen::VectorXd;

constexpr int kDraws = 100;  // until a point lies within the bounds
// alpha_cov; the tutorial's 2 is for long runs, a sweep has a few generations
constexpr double kLearning = 3;
constexpr double kNarrow = 1e-10, kFlat = 1e7, kTiny = 1e-300;

/// E|N(0, I)|
double usual_length(double n) {
  return std::sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
}

}  // namespace

EvolutionState::EvolutionState(VectorXd mean, double sigma)
    : sigma_(sigma), mean_(std::move(mean)) {
  const Eigen::Index n = mean_.size();
  path_sigma_ = path_c_ = VectorXd::Zero(n);
  covariance_ = axes_ = Eigen::MatrixXd::Identity(n, n);
  scales_ = VectorXd::Ones(n);
}

EvolutionState::Weights EvolutionState::weights_of(std::size_t members) const {
  const auto count = static_cast<Eigen::Index>(members);
  const auto n = static_cast<double>(mean_.size());
  Weights result;
  result.w.resize(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    result.w[i] =
        std::log((static_cast<double>(count) + 1) / 2) - std::log(static_cast<double>(i) + 1);
  }
  const Eigen::Index parents = count / 2;
  const auto best = result.w.head(parents), rest = result.w.tail(count - parents);
  const double mueff = best.sum() * best.sum() / best.squaredNorm();
  const double mueff_rest = rest.sum() * rest.sum() / std::max(rest.squaredNorm(), kTiny);
  result.mueff = mueff;
  result.c1 = kLearning / ((n + 1.3) * (n + 1.3) + mueff);
  result.cmu = std::min(1 - result.c1,
                        kLearning * (0.25 + mueff + 1 / mueff - 2) / ((n + 2) * (n + 2) + mueff));
  const double negative = std::min({1 + result.c1 / result.cmu, 1 + 2 * mueff_rest / (mueff + 2),
                                    (1 - result.c1 - result.cmu) / (n * result.cmu)});
  const double positive_sum = best.sum(), negative_sum = std::max(-rest.sum(), kTiny);
  result.w.head(parents) /= positive_sum;
  result.w.tail(count - parents) *= negative / negative_sum;
  return result;
}

VectorXd EvolutionState::draw(const VectorXd& least, RandomStream& random) const {
  const Eigen::Index n = mean_.size();
  VectorXd x(n);
  for (int k = 0; k < kDraws; ++k) {
    VectorXd z(n);
    for (Eigen::Index i = 0; i < n; ++i) z[i] = random.normal();
    const VectorXd y = axes_ * (scales_.array() * z.array()).matrix();
    for (Eigen::Index i = 0; i < n; ++i) {
      const double own = sigma_ * std::sqrt(covariance_(i, i));
      x[i] = mean_[i] + sigma_ * y[i] * std::max(1.0, least[i] / own);
    }
    if ((x.array() >= 0).all() && (x.array() < 1).all()) return x;
  }
  return x.cwiseMax(0).cwiseMin(1);
}

VectorXd EvolutionState::standardised(const VectorXd& x) const {
  return ((axes_.transpose() * (x - mean_)).array() / (sigma_ * scales_.array())).matrix();
}

VectorXd EvolutionState::unstandardised(const VectorXd& z) const {
  return mean_ + sigma_ * (axes_ * (scales_.array() * z.array()).matrix());
}

VectorXd EvolutionState::whitened(const VectorXd& y) const {
  return axes_ * ((axes_.transpose() * y).array() / scales_.array()).matrix();
}

void EvolutionState::learn(std::vector<Member> generation) {
  if (generation.size() < 2) return;
  std::stable_sort(generation.begin(), generation.end(), [](const Member& a, const Member& b) {
    return a.value && (!b.value || *a.value < *b.value);
  });
  if (!generation[0].value) return;
  const Weights weights = weights_of(generation.size());
  Eigen::MatrixXd steps(mean_.size(), static_cast<Eigen::Index>(generation.size()));
  for (Eigen::Index i = 0; i < steps.cols(); ++i) {
    steps.col(i) = (generation[static_cast<std::size_t>(i)].x - mean_) / sigma_;
  }
  const Eigen::Index parents = steps.cols() / 2;
  const VectorXd step = steps.leftCols(parents) * weights.w.head(parents);
  const double before = sigma_;
  const bool straight = learn_sigma(step, weights.mueff);
  learn_covariance(steps, step, weights, straight);
  mean_ += before * step;
  decompose();
}

/// Returns whether the path is not so long that the covariance had better wait (h_sigma).
bool EvolutionState::learn_sigma(const VectorXd& step, double mueff) {
  const auto n = static_cast<double>(mean_.size());
  const double cs = (mueff + 2) / (n + mueff + 5);
  const double damping = 1 + 2 * std::max(0.0, std::sqrt((mueff - 1) / (n + 1)) - 1) + cs;
  ++generation_;
  path_sigma_ = (1 - cs) * path_sigma_ + std::sqrt(cs * (2 - cs) * mueff) * whitened(step);
  const double length = path_sigma_.norm();
  sigma_ *= std::exp(std::min(1.0, cs / damping * (length / usual_length(n) - 1)));
  return length / std::sqrt(1 - std::pow(1 - cs, 2 * generation_)) <
         (1.4 + 2 / (n + 1)) * usual_length(n);
}

void EvolutionState::learn_covariance(const Eigen::MatrixXd& steps, const VectorXd& step,
                                      const Weights& weights, bool straight) {
  const auto n = static_cast<double>(mean_.size());
  const double mueff = weights.mueff;
  const double cc = (4 + mueff / n) / (n + 4 + 2 * mueff / n);
  path_c_ = (1 - cc) * path_c_;
  if (straight) path_c_ += std::sqrt(cc * (2 - cc) * mueff) * step;
  const double lost = straight ? 0 : cc * (2 - cc);
  covariance_ *= 1 + weights.c1 * lost - weights.c1 - weights.cmu * weights.w.sum();
  covariance_ += weights.c1 * path_c_ * path_c_.transpose();
  for (Eigen::Index i = 0; i < steps.cols(); ++i) {
    const VectorXd y = steps.col(i);
    double w = weights.w[i];
    // keeps the matrix positive: a bad step counts as if it were of usual length
    if (w < 0) w *= n / std::max(whitened(y).squaredNorm(), kTiny);
    covariance_ += weights.cmu * w * y * y.transpose();
  }
}

void EvolutionState::decompose() {
  covariance_ = (0.5 * (covariance_ + covariance_.transpose())).eval();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance_);
  axes_ = solver.eigenvectors();
  scales_ = solver.eigenvalues().cwiseMax(1e-20).cwiseSqrt();
  covariance_ = axes_ * scales_.cwiseAbs2().asDiagonal() * axes_.transpose();
}

bool EvolutionState::is_spent() const {
  return sigma_ * scales_.maxCoeff() < kNarrow || scales_.maxCoeff() > kFlat * scales_.minCoeff();
}

}  // namespace agon
