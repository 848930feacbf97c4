#include "runners/sweep/search/quadratic_model.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>

#include "engine/base/philox.h"

namespace agon {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd drawn_points(Eigen::Index dimensions, Eigen::Index count) {
  RandomStream random(1, "points");
  MatrixXd points(dimensions, count);
  for (double& x : points.reshaped()) x = random.normal();
  return points;
}

/// 5 + g . z + z . H z / 2 at each point.
VectorXd values_at(const MatrixXd& points, const VectorXd& g, const MatrixXd& h) {
  VectorXd values(points.cols());
  for (Eigen::Index i = 0; i < points.cols(); ++i) {
    const VectorXd z = points.col(i);
    values[i] = 5 + g.dot(z) + 0.5 * z.dot(h * z);
  }
  return values;
}

const MatrixXd kTilted{{2, 1.5, 0}, {1.5, 3, -0.5}, {0, -0.5, 1}};
const VectorXd kSlope{{1, -2, 0.5}};

TEST(QuadraticModels, FindTheMinimumOfAQuadratic) {
  const MatrixXd points = drawn_points(3, 11);  // 1.1 times 10 coefficients
  const auto found = quadratic_minimum(points, values_at(points, kSlope, kTilted), 100);
  ASSERT_TRUE(found);
  const VectorXd expected = -kTilted.ldlt().solve(kSlope);
  EXPECT_LT((*found - expected).norm(), 1e-9);
}

TEST(QuadraticModels, LeaveMixedTermsOutWhereThereAreFewPoints) {
  const MatrixXd points = drawn_points(3, 8);  // of 7 coefficients, not of 10
  const MatrixXd straight = kTilted.diagonal().asDiagonal();
  const auto found = quadratic_minimum(points, values_at(points, kSlope, straight), 100);
  ASSERT_TRUE(found);
  EXPECT_LT((*found + kSlope.cwiseQuotient(kTilted.diagonal())).norm(), 1e-9);
  EXPECT_FALSE(quadratic_minimum(points.leftCols(7), VectorXd::Ones(7), 100));
}

TEST(QuadraticModels, StayWithinTheirRadius) {
  const MatrixXd points = drawn_points(3, 30);
  const VectorXd values = values_at(points, 100 * kSlope, kTilted);
  const auto far = quadratic_minimum(points, values, 1e6),
             near = quadratic_minimum(points, values, 2);
  ASSERT_TRUE(far && near);
  EXPECT_NEAR(near->norm(), 2, 1e-12);
  EXPECT_LT((near->normalized() - far->normalized()).norm(), 1e-9);
}

TEST(QuadraticModels, GoDownhillWhereTheFunctionBendsDown) {
  const MatrixXd points = drawn_points(2, 20);
  const MatrixXd saddle{{2, 0}, {0, -2}};
  const VectorXd slope{{2, 2}};
  const auto found = quadratic_minimum(points, values_at(points, slope, saddle), 10);
  ASSERT_TRUE(found);
  EXPECT_NEAR((*found)[0], -1, 1e-9);
  EXPECT_LT((*found)[1], 0);
}

TEST(QuadraticModels, SayNothingOfWhatIsFlat) {
  EXPECT_FALSE(quadratic_minimum(drawn_points(2, 20), VectorXd::Zero(20), 10));
}

}  // namespace
}  // namespace agon
