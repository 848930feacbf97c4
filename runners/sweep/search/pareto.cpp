#include "runners/sweep/search/pareto.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace agon {

namespace {

using Values = std::vector<double>;

bool beats(const Values& a, const Values& b) {
  bool smaller = false;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (a[k] > b[k]) return false;
    smaller |= a[k] < b[k];
  }
  return smaller;
}

/// Those among `left` that none of `left` beats.
std::vector<std::size_t> front_of(std::span<const Tried> tried,
                                  const std::vector<std::size_t>& left) {
  std::vector<std::size_t> front;
  for (const std::size_t i : left) {
    const bool beaten = std::any_of(left.begin(), left.end(), [&](std::size_t j) {
      return beats(tried[j].values, tried[i].values);
    });
    if (!beaten) front.push_back(i);
  }
  return front;
}

std::vector<std::size_t> with_values(std::span<const Tried> tried) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < tried.size(); ++i) {
    if (!tried[i].values.empty()) found.push_back(i);
  }
  return found;
}

/// A point a little worse than the worst in every objective, so that the ends of a front count.
Values reference_of(std::span<const Tried> tried, const std::vector<std::size_t>& front) {
  Values low = tried[front[0]].values, high = low;
  for (const std::size_t i : front) {
    for (std::size_t k = 0; k < low.size(); ++k) {
      low[k] = std::min(low[k], tried[i].values[k]);
      high[k] = std::max(high[k], tried[i].values[k]);
    }
  }
  for (std::size_t k = 0; k < low.size(); ++k) {
    high[k] += high[k] > low[k] ? 0.1 * (high[k] - low[k]) : 1;
  }
  return high;
}

/// Moves the `count` of a front that cover most to its beginning, greedily.
void widest_first(std::span<const Tried> tried, std::vector<std::size_t>& front,
                  std::size_t count) {
  const Values reference = reference_of(tried, front);
  std::vector<Values> taken;
  for (std::size_t place = 0; place < std::min(count, front.size()); ++place) {
    double most = -1;
    std::size_t best = place;
    for (std::size_t j = place; j < front.size(); ++j) {
      taken.push_back(tried[front[j]].values);
      const double volume = hypervolume(taken, reference);
      taken.pop_back();
      if (volume > most) {
        most = volume;
        best = j;
      }
    }
    std::swap(front[place], front[best]);
    taken.push_back(tried[front[place]].values);
  }
}

}  // namespace

double hypervolume(std::vector<Values> points, const Values& reference) {
  if (points.empty()) return 0;
  const std::size_t last = reference.size() - 1;
  std::sort(points.begin(), points.end(),
            [last](const Values& a, const Values& b) { return a[last] < b[last]; });
  if (last == 0) return std::max(0.0, reference[0] - points[0][0]);
  const Values below(reference.begin(), reference.end() - 1);
  std::vector<Values> seen;
  double sum = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    seen.emplace_back(points[i].begin(), points[i].end() - 1);
    const double end =
        i + 1 < points.size() ? std::min(points[i + 1][last], reference[last]) : reference[last];
    if (end > points[i][last]) sum += (end - points[i][last]) * hypervolume(seen, below);
  }
  return sum;
}

std::vector<std::size_t> best_first(std::span<const Tried> tried, std::size_t wanted) {
  std::vector<std::size_t> left = with_values(tried);
  if (left.empty()) return left;
  if (tried[left[0]].values.size() == 1) {
    std::stable_sort(left.begin(), left.end(), [&](std::size_t a, std::size_t b) {
      return tried[a].values[0] < tried[b].values[0];
    });
    return left;
  }
  std::vector<std::size_t> order;
  while (order.size() < wanted && !left.empty()) {
    std::vector<std::size_t> front = front_of(tried, left);
    std::erase_if(left,
                  [&](std::size_t i) { return std::binary_search(front.begin(), front.end(), i); });
    widest_first(tried, front, wanted - order.size());
    order.insert(order.end(), front.begin(), front.end());
  }
  order.insert(order.end(), left.begin(), left.end());
  return order;
}

std::vector<std::size_t> pareto_front(std::span<const Tried> tried) {
  return front_of(tried, with_values(tried));
}

}  // namespace agon
