#include "runners/sweep/search/gp_encoding.h"

#include <numbers>

#include "runners/sweep/search/cells.h"

namespace agon {

GpEncoding::GpEncoding(const Space& space) : space_(&space) {
  for (std::size_t i = 0; i < space.size(); ++i) {
    first_.push_back(columns());
    const bool choice = space[i].kind == Dimension::Kind::Choice;
    owners_.insert(owners_.end(), choice ? space[i].choices : 1, i);
  }
}

Eigen::VectorXd GpEncoding::encode(const Point& point) const {
  Eigen::VectorXd row = Eigen::VectorXd::Zero(columns());
  for (std::size_t i = 0; i < point.size(); ++i) {
    const Dimension& dimension = (*space_)[i];
    if (dimension.kind != Dimension::Kind::Choice) {
      row[first_[i]] = point[i] ? share_of(dimension, *point[i]) : 0.5;
    } else if (point[i]) {
      row[first_[i] + static_cast<Eigen::Index>(*point[i])] = 1 / std::numbers::sqrt2;
    }
  }
  return row;
}

std::vector<Eigen::Index> GpEncoding::smooth_columns(const Point& point) const {
  std::vector<Eigen::Index> found;
  for (std::size_t i = 0; i < point.size(); ++i) {
    if (point[i] && !value_count((*space_)[i])) found.push_back(first_[i]);
  }
  return found;
}

Point GpEncoding::with_smooth(Point point, const Eigen::VectorXd& row) const {
  for (const Eigen::Index column : smooth_columns(point)) {
    const std::size_t i = owners_[static_cast<std::size_t>(column)];
    point[i] = value_at((*space_)[i], row[column]);
  }
  return point;
}

}  // namespace agon
