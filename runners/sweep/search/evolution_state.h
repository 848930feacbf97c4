#pragma once
#include <Eigen/Core>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/philox.h"

namespace agon {

/// The normal distribution that an evolution draws from, and how it learns: CMA-ES with active
/// covariance update (N. Hansen, "The CMA evolution strategy: a tutorial", arXiv 1604.00772, 2016;
/// names and numbers as in its table 1). Coordinates are shares, in [0, 1].
class EvolutionState {
 public:
  struct Member {
    Eigen::VectorXd x;
    std::optional<double> value;  // nothing: it failed, and counts as the worst
  };

  EvolutionState(Eigen::VectorXd mean, double sigma);

  /// A point within [0, 1]^n: drawn anew until it lies there, in the end cut to it. `least`: no
  /// coordinate is drawn with a smaller standard deviation.
  Eigen::VectorXd draw(const Eigen::VectorXd& least, RandomStream& random) const;

  /// Goes on by one generation; fewer members than usual are ranked among themselves.
  void learn(std::vector<Member> generation);

  /// Whether the distribution is so narrow or so flat that going on changes nothing.
  bool is_spent() const;

  /// x seen from the distribution, whose draws are standard normal there; and back.
  Eigen::VectorXd standardised(const Eigen::VectorXd& x) const;
  Eigen::VectorXd unstandardised(const Eigen::VectorXd& z) const;

 private:
  struct Weights {
    Eigen::VectorXd w;  // best first; the worse half negative
    double mueff = 0, c1 = 0, cmu = 0;
  };
  Weights weights_of(std::size_t members) const;
  Eigen::VectorXd whitened(const Eigen::VectorXd& y) const;
  bool learn_sigma(const Eigen::VectorXd& step, double mueff);
  void learn_covariance(const Eigen::MatrixXd& steps, const Eigen::VectorXd& step,
                        const Weights& weights, bool straight);
  void decompose();

  double sigma_;
  Eigen::VectorXd mean_, path_sigma_, path_c_;
  Eigen::MatrixXd covariance_;
  Eigen::MatrixXd axes_;    // eigenvectors
  Eigen::VectorXd scales_;  // square roots of the eigenvalues
  int generation_ = 0;
};

}  // namespace agon
