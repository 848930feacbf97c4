#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/base/philox.h"
#include "runners/sweep/search/space.h"

namespace agon {

/// Settings as a tree reads them, a row each.
struct ForestTable {
  const Space& space;           // a column each
  std::vector<Point> rows;      // numbers as shares
  std::vector<double> targets;  // of each row; whole, so that no sum depends on its order
};

/// A regression tree of a forest (Breiman, "Random forests", Machine Learning 2001): each node
/// draws a third of the columns and splits where the squared error shrinks most. It asks for a
/// column only where all of its rows have it, so after the choice that decides about it: this
/// choice keeps the credit for whatever it switches on and off.
class RegressionTree {
 public:
  /// Grown on these rows of the table, of which there is at least one; they may repeat.
  RegressionTree(const ForestTable& table, std::vector<std::size_t> rows, RandomStream& random);

  /// The mean target of the leaf that a row comes to; or of the node on its way that asks for what
  /// the row does not have, or that has not seen the row's choice.
  double predict(const Point& row) const;

 private:
  struct Split {
    std::size_t column = 0;
    std::vector<double> keys;  // of a choice's values, NaN where not seen; none for numbers
    double threshold = 0;      // keys up to here go left
    double gain = 0;           // by how much the squared error shrinks

    double key_of(double value) const {
      return keys.empty() ? value : keys[static_cast<std::size_t>(value)];
    }
  };
  struct Node {
    double mean = 0;
    std::optional<Split> split = std::nullopt;
    std::size_t left = 0, right = 0;
  };
  class Splits;

  std::size_t grow(Splits& splits, std::span<std::size_t> rows);

  std::vector<Node> nodes_;
};

/// A tree grown on as many rows as the table has, drawn with repetition, and the rows not drawn.
struct BaggedTree {
  RegressionTree tree;
  std::vector<std::size_t> unseen;
};
BaggedTree grow_bagged(const ForestTable& table, RandomStream& random);

/// Into an order drawn evenly (Durstenfeld, "Algorithm 235", Communications of the ACM 1964).
template <typename T>
void shuffle(std::vector<T>& values, RandomStream& random) {
  for (std::size_t k = values.size(); k > 1; --k) {
    std::swap(values[k - 1], values[random.below(static_cast<std::uint32_t>(k))]);
  }
}

}  // namespace agon
