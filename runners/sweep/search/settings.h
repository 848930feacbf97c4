#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <span>

#include "engine/base/philox.h"
#include "runners/sweep/search/search.h"

namespace agon {

/// How many different settings a space has, those that differ only in what is not active counted
/// once; nothing where a number without steps can be active; kCountless where there are more.
std::optional<std::int64_t> count_settings(const Space& space);
inline constexpr std::int64_t kCountless = std::int64_t{1} << 62;

/// Setting `number` of all, from 0: as nested loops give them, the last dimension fastest.
/// Needs a count that is not above kCountless.
Point setting_at(const Space& space, std::int64_t number);

/// A setting drawn evenly, dimension by dimension.
Point draw_setting(const Space& space, RandomStream& random);

/// The setting with these shares, one a dimension; those of dimensions that are not active go
/// unread.
Point setting_of_shares(const Space& space, std::span<const double> shares);

/// The settings that were proposed before, so that none is proposed twice.
class Proposed {
 public:
  Proposed(const Space& space, std::span<const Tried> tried, std::span<const Point> pending);

  bool has(const Point& point) const { return points_.contains(point); }
  /// Whether there is no setting left.
  bool all() const { return count_ && static_cast<std::int64_t>(points_.size()) >= *count_; }
  /// `wanted` if it is new; else a new one, drawn at random; nothing where there is none left.
  std::optional<Point> unless_new(Point wanted, RandomStream& random) const;

 private:
  const Space* space_;
  std::optional<std::int64_t> count_;
  std::set<Point> points_;
};

}  // namespace agon
