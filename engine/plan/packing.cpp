#include <algorithm>
#include <numeric>

#include "engine/plan/memory.h"

namespace agon {

namespace {
constexpr std::size_t kAlignment = 64;

std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The smallest gap between the taken ranges that holds `bytes`, else the end of the last.
std::size_t best_gap(std::vector<Range> taken, std::size_t bytes) {
  std::sort(taken.begin(), taken.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  std::size_t best = 0;
  std::size_t best_size = 0;
  std::size_t end = 0;
  for (const Range& range : taken) {
    const std::size_t gap = range.begin > end ? range.begin - end : 0;
    if (gap >= bytes && (best_size == 0 || gap < best_size)) {
      best = end;
      best_size = gap;
    }
    end = std::max(end, range.end);
  }
  return best_size == 0 ? end : best;
}

Packing packed_in_turn(const std::vector<Lifetime>& lifetimes,
                       const std::vector<std::size_t>& order) {
  Packing packing{std::vector<std::size_t>(lifetimes.size(), 0), 0};
  std::vector<std::size_t> placed;
  for (const std::size_t i : order) {
    const Lifetime& life = lifetimes[i];
    const std::size_t bytes = aligned(life.bytes);
    if (bytes == 0) continue;
    std::vector<Range> taken;
    for (const std::size_t other : placed) {
      if (lifetimes[other].first <= life.last && life.first <= lifetimes[other].last) {
        const std::size_t begin = packing.offsets[other];
        taken.push_back({begin, begin + aligned(lifetimes[other].bytes)});
      }
    }
    packing.offsets[i] = best_gap(std::move(taken), bytes);
    packing.bytes = std::max(packing.bytes, packing.offsets[i] + bytes);
    placed.push_back(i);
  }
  return packing;
}

using Weight = double (*)(const Lifetime&);
double duration(const Lifetime& life) {
  return static_cast<double>(life.last - life.first + 1);
}
constexpr Weight kWeights[] = {
    [](const Lifetime& life) { return static_cast<double>(life.bytes); },
    [](const Lifetime& life) { return static_cast<double>(life.bytes) * duration(life); },
    duration,
};
}  // namespace

Packing pack(const std::vector<Lifetime>& lifetimes) {
  std::vector<Lifetime> rounded = lifetimes;
  for (Lifetime& life : rounded) life.bytes = aligned(life.bytes);
  const std::size_t least = peak(rounded);
  Packing best;
  for (const Weight weight : kWeights) {
    std::vector<std::size_t> order(lifetimes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::ranges::greater(),
                             [&](std::size_t i) { return weight(lifetimes[i]); });
    Packing packing = packed_in_turn(lifetimes, order);
    if (best.offsets.empty() || packing.bytes < best.bytes) best = std::move(packing);
    if (best.bytes == least) break;
  }
  return best;
}

std::size_t peak(const std::vector<Lifetime>& lifetimes) {
  std::size_t end = 0;
  for (const Lifetime& life : lifetimes) end = std::max(end, life.last + 1);
  std::vector<std::size_t> born(end + 1, 0);
  std::vector<std::size_t> died(end + 1, 0);
  for (const Lifetime& life : lifetimes) {
    born[life.first] += life.bytes;
    died[life.last + 1] += life.bytes;
  }
  std::size_t live = 0;
  std::size_t most = 0;
  for (std::size_t i = 0; i <= end; ++i) {
    live = live - died[i] + born[i];
    most = std::max(most, live);
  }
  return most;
}

}  // namespace agon
