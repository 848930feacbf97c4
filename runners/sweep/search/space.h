#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace agon {

/// One thing that a sweep varies.
struct Dimension {
  enum class Kind {
    Choice,   // one of `choices`, without order
    Real,     // uniform in [low, high]
    Integer,  // whole numbers from low to high, both included
  };
  std::string name;  // "beta", "optimizers.d.adam.lr"; "lr, beta1" where several go together
  Kind kind = Kind::Real;
  std::size_t choices = 0;  // Choice: how many
  double low = 0, high = 0;
  bool log = false;  // Real and Integer: uniform in the logarithm; low > 0
  double step = 0;   // above 0: low, low + step, low + 2 step, ... up to high

  /// Active only where an earlier dimension, a Choice that is itself active, has one of these
  /// values.
  struct Condition {
    std::size_t dimension = 0;
    std::vector<std::size_t> choices;
  };
  std::optional<Condition> condition = std::nullopt;
};

using Space = std::vector<Dimension>;

/// A value for each dimension: the number, or the choice's index; nothing where it is not active.
using Point = std::vector<std::optional<double>>;

/// Whether dimension `i` is active in a point whose earlier values are set.
bool is_active(const Space& space, const Point& point, std::size_t i);

/// The value of a dimension for u in [0, 1): equal shares of u for equal shares of the dimension
/// (in the logarithm where it has one); whole or in steps where it is.
double value_at(const Dimension& dimension, double u);
/// The other way: the middle of the share that gives that value.
double share_of(const Dimension& dimension, double value);
/// How many values a dimension has; nothing for real numbers without step.
std::optional<std::int64_t> value_count(const Dimension& dimension);

}  // namespace agon
