#pragma once
#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <vector>

namespace agon {

/// What a Gaussian process believes at a place.
struct Belief {
  double mean = 0, variance = 0;
  Eigen::VectorXd mean_slope = {}, variance_slope = {};  // by column; empty if not asked for
};

/// A Gaussian process of mean 0 with a Matern 5/2 kernel, one length for each dimension, and noise
/// (Rasmussen and Williams, "Gaussian processes for machine learning", 2006, chapters 2, 4, 5).
class GpModel {
 public:
  /// `owners`: the dimension of each column of `rows`, which share a length.
  GpModel(Eigen::MatrixXd rows, Eigen::VectorXd values, std::vector<std::size_t> owners);

  /// Sets lengths, size and noise to where the marginal likelihood times a wide prior is largest,
  /// from a few fixed starts. The lengths' prior grows with the number of dimensions (Hvarfner and
  /// others, "Vanilla Bayesian optimization performs great in high dimensions", ICML 2024).
  /// Returns -log of that product, less a constant.
  double fit();
  /// Adds places whose values are not known yet as if they had turned out as believed (Ginsbourger
  /// and others' kriging believer, 2010).
  void believe(const std::vector<Eigen::VectorXd>& places);

  Belief at(const Eigen::VectorXd& place, bool slopes) const;
  /// The smallest mean at any place that it knows.
  double lowest_mean() const;

 private:
  double misfit(const Eigen::VectorXd& parameters, Eigen::VectorXd& gradient) const;
  void factor();
  Eigen::MatrixXd squares(std::size_t dimension) const;

  Eigen::MatrixXd rows_;
  Eigen::VectorXd values_;
  std::vector<std::size_t> owners_;
  std::size_t dimensions_ = 0;
  std::vector<Eigen::MatrixXd> squares_;  // between rows, by dimension; only while fitting
  Eigen::VectorXd parameters_;  // logarithms of lengths, size, noise (the last two squared)
  Eigen::LLT<Eigen::MatrixXd> factor_;
  Eigen::VectorXd alpha_;
};

}  // namespace agon
