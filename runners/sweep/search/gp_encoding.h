#pragma once
#include <Eigen/Core>
#include <vector>

#include "runners/sweep/search/search.h"

namespace agon {

/// Settings as rows of numbers. A number becomes its share; a choice one column for each value,
/// such that two different values are 1 apart; what is not active stands in the middle, or is no
/// value at all.
class GpEncoding {
 public:
  explicit GpEncoding(const Space& space);

  Eigen::Index columns() const { return static_cast<Eigen::Index>(owners_.size()); }
  /// The dimension of each column.
  const std::vector<std::size_t>& owners() const { return owners_; }
  Eigen::VectorXd encode(const Point& point) const;

  /// The columns that can be moved without a jump in this setting: its active real numbers.
  std::vector<Eigen::Index> smooth_columns(const Point& point) const;
  /// `point` with the columns of smooth_columns as in `row`.
  Point with_smooth(Point point, const Eigen::VectorXd& row) const;

 private:
  const Space* space_;
  std::vector<Eigen::Index> first_;  // column of each dimension
  std::vector<std::size_t> owners_;
};

}  // namespace agon
