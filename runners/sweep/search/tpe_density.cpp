#include "runners/sweep/search/tpe_density.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "runners/sweep/search/cells.h"
#include "runners/sweep/search/settings.h"

namespace agon {

namespace {

constexpr int kDraws = 100;          // of a curve until one lies within its dimension
constexpr double kNarrowest = 0.01;  // a curve, however many there are
// The same of a smooth start, less where there are few dimensions: they leave few holes. With more
// than kFew curves it falls with the square of their number.
constexpr double kSmooth = 0.1, kSmoothDimensions = 6, kFew = 30;
constexpr double kChoiceSpread = 3;  // as many settings count as seen of a choice's other values

double below(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

/// log of exp(a) + exp(b) + ..., over how many there are.
double log_mean(const std::vector<double>& logs) {
  const double most = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double one : logs) sum += std::exp(one - most);
  return most + std::log(sum / static_cast<double>(logs.size()));
}

}  // namespace

ParzenDensity::ParzenDensity(const Space& space, const std::vector<Point>& observed, Start start)
    : space_(&space), start_(start), components_(observed.size() + 1, Component(space.size())) {
  for (std::size_t i = 0; i < space.size(); ++i) {
    for (std::size_t k = 0; k < observed.size(); ++k) {
      const std::optional<double>& value = observed[k][i];
      if (value) components_[k][i] = {.value = *value, .centre = share_of(space[i], *value)};
    }
    if (space[i].kind != Dimension::Kind::Choice) set_widths(i);
  }
}

void ParzenDensity::set_widths(std::size_t i) {
  std::vector<Curve*> curves;
  for (Component& component : components_) {
    if (component[i]) curves.push_back(&*component[i]);
  }
  std::stable_sort(curves.begin(), curves.end(),
                   [](const Curve* a, const Curve* b) { return a->centre < b->centre; });
  const auto dimensions = static_cast<double>(space_->size());
  // a product of many narrow curves is nowhere but at what was seen: wider for more dimensions
  const auto count = static_cast<double>(curves.size() + 1);
  double least = std::max(kNarrowest, std::min(1.0, 0.3 + 0.06 * dimensions) / count);
  if (start_ == Start::Smooth) {
    const double many = std::max(1.0, count / kFew);
    const double share = std::min(1.0, dimensions / kSmoothDimensions);
    least = std::max(least, kSmooth * share / (many * many));
  }
  for (std::size_t k = 0; k < curves.size(); ++k) {
    Curve& curve = *curves[k];
    const double left = k > 0 ? curve.centre - curves[k - 1]->centre : 0;
    const double right = k + 1 < curves.size() ? curves[k + 1]->centre - curve.centre : 0;
    curve.width = std::clamp(std::max(left, right), least, 1.0);
    const double mass =
        below((1 - curve.centre) / curve.width) - below(-curve.centre / curve.width);
    curve.log_scale = -std::log(mass);
  }
}

double ParzenDensity::choice_spread(const Dimension& dimension) const {
  const double others = kChoiceSpread * static_cast<double>(dimension.choices);
  return others / (others + static_cast<double>(components_.size()));
}

double ParzenDensity::log_kernel(const Curve& curve, const Dimension& dimension, double value,
                                 const Cell& cell) const {
  if (dimension.kind == Dimension::Kind::Choice) {
    const double spread = choice_spread(dimension);
    return std::log(spread / static_cast<double>(dimension.choices) +
                    (curve.value == value ? 1 - spread : 0));
  }
  if (cell.width() > 0) {
    const double mass = below((cell.to - curve.centre) / curve.width) -
                        below((cell.from - curve.centre) / curve.width);
    return std::log(std::max(mass, 1e-300)) + curve.log_scale;
  }
  const double z = (cell.from - curve.centre) / curve.width;
  return -0.5 * z * z - std::log(curve.width * std::sqrt(2 * std::numbers::pi)) + curve.log_scale;
}

double ParzenDensity::draw_value(const std::optional<Curve>& curve, const Dimension& dimension,
                                 RandomStream& random) const {
  if (!curve) return value_at(dimension, random.uniform());
  if (dimension.kind == Dimension::Kind::Choice) {
    const bool other = random.uniform() < choice_spread(dimension);
    return other ? value_at(dimension, random.uniform()) : curve->value;
  }
  for (int k = 0; k < kDraws; ++k) {
    const double u = curve->centre + curve->width * random.normal();
    if (u >= 0 && u < 1) return value_at(dimension, u);
  }
  return curve->value;
}

Point ParzenDensity::draw(RandomStream& random) const {
  const auto count = static_cast<std::uint32_t>(components_.size());
  const Component& component = components_[random.below(count)];
  Point point(space_->size());
  for (std::size_t i = 0; i < space_->size(); ++i) {
    if (is_active(*space_, point, i)) point[i] = draw_value(component[i], (*space_)[i], random);
  }
  return point;
}

double ParzenDensity::log_density(const Point& point) const {
  std::vector<double> logs(components_.size());
  for (std::size_t i = 0; i < space_->size(); ++i) {
    if (!point[i]) continue;
    const Dimension& dimension = (*space_)[i];
    const Cell cell = cell_of(dimension, *point[i]);
    const double even = cell.width() > 0 ? std::log(cell.width()) : 0;
    for (std::size_t k = 0; k < components_.size(); ++k) {
      const std::optional<Curve>& curve = components_[k][i];
      logs[k] += curve ? log_kernel(*curve, dimension, *point[i], cell) : even;
    }
  }
  return log_mean(logs);
}

}  // namespace agon
