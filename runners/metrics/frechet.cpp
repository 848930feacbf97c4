#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "engine/base/error.h"
#include "runners/metrics/features.h"

namespace agon {

namespace {

Eigen::MatrixXd covariance(const FeatureRows& rows, const Eigen::RowVectorXd& mean) {
  const FeatureRows centred = rows.rowwise() - mean;
  return centred.transpose() * centred / static_cast<double>(rows.rows() - 1);
}

Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(const Eigen::MatrixXd& symmetric) {
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(symmetric);
  if (solver.info() != Eigen::Success)
    throw Error(ExitCode::Data, "fid: the eigenvalues of a covariance could not be found");
  return solver;
}

/// Rounding makes eigenvalues that are 0 a little negative.
Eigen::VectorXd roots(const Eigen::VectorXd& eigenvalues) {
  return eigenvalues.cwiseMax(0).cwiseSqrt();
}

}  // namespace

double frechet_distance(const FeatureRows& fake, const FeatureRows& real) {
  const Eigen::RowVectorXd fake_mean = fake.colwise().mean(), real_mean = real.colwise().mean();
  const Eigen::MatrixXd a = covariance(fake, fake_mean), b = covariance(real, real_mean);
  // (a b)^1/2 has the trace of (r b r)^1/2 with r = a^1/2, which is symmetric
  const auto of_a = eigen(a);
  const Eigen::MatrixXd root = of_a.eigenvectors() * roots(of_a.eigenvalues()).asDiagonal() *
                               of_a.eigenvectors().transpose();
  const Eigen::MatrixXd product = root * b * root;
  const double cross = roots(eigen((product + product.transpose()) / 2).eigenvalues()).sum();
  const double distance = (fake_mean - real_mean).squaredNorm() + a.trace() + b.trace() - 2 * cross;
  return distance < 0 ? 0 : distance;
}

std::unique_ptr<Metric> make_fid(const MetricSetting& setting) {
  return over_features("fid", setting, [](const FeaturePair& f, std::int64_t) {
    return MetricValues{{"fid", frechet_distance(f.fake, f.real)}};
  });
}

}  // namespace agon
