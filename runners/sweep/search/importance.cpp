#include "runners/sweep/search/importance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "runners/sweep/search/regression_forest.h"

namespace agon {

namespace {

// enough that the shares of 30 settings move by 0.03 with the seed: less than with the settings
constexpr std::uint64_t kTrees = 128;
constexpr std::size_t kDeals = 8;        // of a column's values on a tree, each moved on by one
constexpr std::size_t kFewest = 4;       // settings
constexpr double kTargetSteps = 0x1p24;  // from the smallest value to the largest

Point row_of(const Space& space, Point point) {
  for (std::size_t i = 0; i < space.size(); ++i) {
    const bool number = space[i].kind != Dimension::Kind::Choice;
    if (number && point[i]) point[i] = share_of(space[i], *point[i]);
  }
  return point;
}

ForestTable table_of(const Space& space, std::span<const Tried> tried, std::size_t objective) {
  ForestTable table{.space = space, .rows = {}, .targets = {}};
  for (const Tried& one : tried) {
    if (one.values.empty()) continue;
    table.rows.push_back(row_of(space, one.point));
    table.targets.push_back(one.values[objective]);
  }
  return table;
}

/// Cut to the fences (Tukey, "Exploratory data analysis", 1977: 1.5 times the distance of the
/// quartiles beyond them), so that one training that diverged does not hide what the others tell.
void cut_outliers(std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const double low = sorted[sorted.size() / 4],
               high = sorted[sorted.size() - 1 - sorted.size() / 4];
  const double reach = 1.5 * (high - low);
  if (!(reach > 0)) return;
  for (double& value : values) value = std::clamp(value, low - reach, high + reach);
}

/// Whole numbers from 0 to kTargetSteps, whatever the values' scale; false where they are all the
/// same. Sums of them are exact, so splits that are equally good are so to the last bit.
bool spread_out(std::vector<double>& values) {
  cut_outliers(values);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double low = *least, range = *most - *least;
  if (!(range > 0)) return false;
  for (double& value : values) value = std::round((value - low) / range * kTargetSteps);
  return true;
}

/// By how much the squared error on a tree's unseen rows grows when the column's values are dealt
/// out anew among those of them that have one.
double added_error(const ForestTable& table, const BaggedTree& bagged, std::size_t column,
                   RandomStream& random) {
  std::vector<std::size_t> active;
  std::vector<double> values;
  for (const std::size_t number : bagged.unseen) {
    const std::optional<double>& value = table.rows[number][column];
    if (!value) continue;
    active.push_back(number);
    values.push_back(*value);
  }
  if (active.size() < 2) return 0;
  shuffle(values, random);
  const std::size_t deals = std::min(active.size(), kDeals);
  double sum = 0;
  for (std::size_t k = 0; k < active.size(); ++k) {
    Point row = table.rows[active[k]];
    const double target = table.targets[active[k]];
    const double before = bagged.tree.predict(row) - target;
    for (std::size_t deal = 0; deal < deals; ++deal) {
      row[column] = values[(k + deal) % values.size()];
      const double after = bagged.tree.predict(row) - target;
      sum += (after * after - before * before) / static_cast<double>(deals);
    }
  }
  return sum;
}

}  // namespace

std::vector<double> importances(const Space& space, std::span<const Tried> tried,
                                std::size_t objective, std::int64_t seed) {
  std::vector<double> shares(space.size());
  ForestTable table = table_of(space, tried, objective);
  if (table.rows.size() < kFewest || !spread_out(table.targets)) return shares;
  for (std::uint64_t number = 0; number < kTrees; ++number) {
    RandomStream random(seed, "sweep/importance", number);
    const BaggedTree bagged = grow_bagged(table, random);
    for (std::size_t i = 0; i < shares.size(); ++i) {
      shares[i] += added_error(table, bagged, i, random);
    }
  }
  for (double& share : shares) share = std::max(share, 0.0);
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  if (!(sum > 0)) return shares;
  for (double& share : shares) share /= sum;
  return shares;
}

}  // namespace agon
