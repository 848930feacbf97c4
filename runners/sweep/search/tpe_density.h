#pragma once
#include <optional>
#include <vector>

#include "engine/base/philox.h"
#include "runners/sweep/search/cells.h"
#include "runners/sweep/search/search.h"

namespace agon {

/// A mixture over settings: one component around each observed setting, and one that is even over
/// all of the space, so that nothing is ruled out. Within a component the dimensions are
/// independent: a normal curve cut to the dimension (in shares, see value_at), its mass between the
/// edges of a step where there are steps; for a choice, most weight on what was observed. A curve
/// is as wide as the larger distance to its neighbours (Bergstra and others, "Algorithms for
/// hyper-parameter optimization", NIPS 2011), within bounds. A dimension that was not active in an
/// observed setting is even in its component: each learns from the settings in which it was active.
class ParzenDensity {
 public:
  enum class Start {
    Narrow,  // curves are as narrow as their number allows
    Smooth,  // at first no narrower than a tenth of a dimension; less in few dimensions
  };
  ParzenDensity(const Space& space, const std::vector<Point>& observed, Start start);

  Point draw(RandomStream& random) const;
  double log_density(const Point& point) const;

 private:
  struct Curve {
    double value = 0;   // what was observed
    double centre = 0;  // its share
    double width = 0;
    double log_scale = 0;  // makes up for what the dimension's ends cut off
  };
  using Component = std::vector<std::optional<Curve>>;  // by dimension; even where there is none

  void set_widths(std::size_t i);
  /// How much of a choice's component does not stay with the observed value.
  double choice_spread(const Dimension& dimension) const;
  double log_kernel(const Curve& curve, const Dimension& dimension, double value,
                    const Cell& cell) const;
  double draw_value(const std::optional<Curve>& curve, const Dimension& dimension,
                    RandomStream& random) const;

  const Space* space_;
  Start start_;
  std::vector<Component> components_;
};

}  // namespace agon
