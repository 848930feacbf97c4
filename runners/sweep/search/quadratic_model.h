#pragma once
#include <Eigen/Core>
#include <optional>

namespace agon {

/// Where a quadratic function fitted to what was seen is least, no further than `radius` from 0.
/// `points`: one in each column, one number of `values` for each. The better count for more, down
/// to a twentieth for the worst. With too few points for mixed terms there are none in the
/// function; nothing where there are too few for the others (1.1 for each coefficient). As in N.
/// Hansen, "A global surrogate assisted CMA-ES", GECCO 2019.
std::optional<Eigen::VectorXd> quadratic_minimum(const Eigen::MatrixXd& points,
                                                 const Eigen::VectorXd& values, double radius);

/// Coefficients of a quadratic function of so many numbers, mixed terms included.
Eigen::Index quadratic_coefficients(Eigen::Index dimensions);

}  // namespace agon
