#include "runners/sweep/search/regression_forest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace agon {

namespace {

constexpr std::size_t kLeast = 2;  // rows of a leaf

double target_sum(const ForestTable& table, std::span<const std::size_t> rows) {
  double sum = 0;
  for (const std::size_t row : rows) sum += table.targets[row];
  return sum;
}

/// Those of `rows` that have a value in the column.
std::vector<std::size_t> having(const ForestTable& table, std::span<const std::size_t> rows,
                                std::size_t column) {
  std::vector<std::size_t> found;
  for (const std::size_t row : rows) {
    if (table.rows[row][column]) found.push_back(row);
  }
  return found;
}

/// Of each value of a choice, NaN where no row has it. In this order the best split of the values
/// into any two sets lies between neighbours (Breiman, Friedman, Olshen, Stone: "Classification and
/// regression trees", 1984, theorem 4.5).
std::vector<double> mean_targets(const ForestTable& table, std::span<const std::size_t> rows,
                                 std::size_t column) {
  std::vector<double> sums(table.space[column].choices), counts(sums);
  for (const std::size_t row : rows) {
    const auto choice = static_cast<std::size_t>(*table.rows[row][column]);
    sums[choice] += table.targets[row];
    ++counts[choice];
  }
  for (std::size_t k = 0; k < sums.size(); ++k) {
    sums[k] = counts[k] > 0 ? sums[k] / counts[k] : std::numeric_limits<double>::quiet_NaN();
  }
  return sums;
}

}  // namespace

/// Finds the split of a node. A gain of 0: there is none.
class RegressionTree::Splits {
 public:
  Splits(const ForestTable& table, RandomStream& random) : table_(table), random_(random) {}

  const ForestTable& table() const { return table_; }
  Split best(std::span<const std::size_t> rows);

 private:
  /// All `rows` have the column.
  Split of_column(std::span<const std::size_t> rows, std::size_t column) const;
  Split with_or_without(std::span<const std::size_t> rows, std::size_t column) const;
  Split candidate(std::span<const std::size_t> rows, std::size_t column) const;

  const ForestTable& table_;
  RandomStream& random_;
};

RegressionTree::Split RegressionTree::Splits::of_column(std::span<const std::size_t> rows,
                                                        std::size_t column) const {
  Split best{.column = column, .keys = {}};
  if (table_.space[column].kind == Dimension::Kind::Choice) {
    best.keys = mean_targets(table_, rows, column);
  }
  std::vector<std::pair<double, double>> sorted;  // keys and targets
  for (const std::size_t row : rows) {
    sorted.emplace_back(best.key_of(*table_.rows[row][column]), table_.targets[row]);
  }
  std::sort(sorted.begin(), sorted.end());
  const auto count = static_cast<double>(rows.size());
  double left = 0, right = target_sum(table_, rows);
  for (std::size_t k = 1; k + kLeast <= sorted.size(); ++k) {
    left += sorted[k - 1].second;
    right -= sorted[k - 1].second;
    const double below = sorted[k - 1].first, above = sorted[k].first;
    if (k < kLeast || below == above) continue;
    const auto before = static_cast<double>(k), after = count - before;
    const double apart = left / before - right / after;
    const double gain = apart * apart * before * after / count;
    if (gain <= best.gain) continue;
    best.gain = gain;
    const double middle = (below + above) / 2;
    best.threshold = middle < above ? middle : below;
  }
  return best;
}

/// Splits by the choice that decides whether a row has the column.
RegressionTree::Split RegressionTree::Splits::with_or_without(std::span<const std::size_t> rows,
                                                              std::size_t column) const {
  const auto& [decider, choices] = *table_.space[column].condition;
  if (having(table_, rows, decider).size() < rows.size()) return with_or_without(rows, decider);
  Split split{.column = decider, .keys = std::vector<double>(table_.space[decider].choices, 1)};
  for (const std::size_t choice : choices) split.keys[choice] = 0;
  return split;
}

RegressionTree::Split RegressionTree::Splits::candidate(std::span<const std::size_t> rows,
                                                        std::size_t column) const {
  const std::vector<std::size_t> part = having(table_, rows, column);
  Split split = of_column(part, column);
  if (part.size() == rows.size()) return split;
  if (part.size() + kLeast > rows.size()) return {};
  // for the sake of the split behind it: a choice whose own mean targets are the same, and what
  // depends on it, would hardly come up
  const double gain = split.gain;
  split = with_or_without(rows, column);
  split.gain = gain;
  return split;
}

RegressionTree::Split RegressionTree::Splits::best(std::span<const std::size_t> rows) {
  std::vector<std::size_t> columns(table_.space.size());
  std::iota(columns.begin(), columns.end(), std::size_t{0});
  shuffle(columns, random_);
  std::size_t left = (columns.size() + 2) / 3;
  Split best;
  for (const std::size_t column : columns) {
    Split split = candidate(rows, column);
    if (!(split.gain > 0)) continue;
    if (split.gain > best.gain) best = std::move(split);
    if (--left == 0) break;
  }
  return best;
}

RegressionTree::RegressionTree(const ForestTable& table, std::vector<std::size_t> rows,
                               RandomStream& random) {
  Splits splits(table, random);
  grow(splits, rows);
}

/// Leaves `rows` in another order.
std::size_t RegressionTree::grow(Splits& splits, std::span<std::size_t> rows) {
  const ForestTable& table = splits.table();
  const std::size_t number = nodes_.size();
  nodes_.push_back({.mean = target_sum(table, rows) / static_cast<double>(rows.size())});
  Split split = splits.best(rows);
  if (!(split.gain > 0)) return number;
  const auto goes_left = [&](std::size_t row) {
    return split.key_of(*table.rows[row][split.column]) <= split.threshold;
  };
  const auto middle = std::partition(rows.begin(), rows.end(), goes_left) - rows.begin();
  const std::size_t left = grow(splits, rows.first(static_cast<std::size_t>(middle)));
  const std::size_t right = grow(splits, rows.subspan(static_cast<std::size_t>(middle)));
  nodes_[number].split = std::move(split);
  nodes_[number].left = left;
  nodes_[number].right = right;
  return number;
}

double RegressionTree::predict(const Point& row) const {
  const Node* node = &nodes_[0];
  while (node->split) {
    const std::optional<double>& value = row[node->split->column];
    if (!value) break;
    const double key = node->split->key_of(*value);
    if (std::isnan(key)) break;
    node = &nodes_[key <= node->split->threshold ? node->left : node->right];
  }
  return node->mean;
}

BaggedTree grow_bagged(const ForestTable& table, RandomStream& random) {
  const std::size_t count = table.rows.size();
  std::vector<std::size_t> seen(count), unseen;
  std::vector<bool> drawn(count);
  for (std::size_t& row : seen) {
    row = random.below(static_cast<std::uint32_t>(count));
    drawn[row] = true;
  }
  for (std::size_t row = 0; row < count; ++row) {
    if (!drawn[row]) unseen.push_back(row);
  }
  return {RegressionTree(table, std::move(seen), random), std::move(unseen)};
}

}  // namespace agon
