#include "runners/sampling/data_picture.h"

#include <algorithm>
#include <vector>

#include "runners/data/drawn/rings.h"
#include "runners/sampling/grid.h"
#include "runners/sampling/scatter.h"

namespace agon {

namespace {
constexpr std::int64_t kColumns = 12;
constexpr std::int64_t kRows = 8;
constexpr std::int64_t kMostClasses = 10;
constexpr std::int64_t kMostPoints = 2000;

std::vector<std::int64_t> first_examples(const DataSet& set) {
  const std::int64_t classes = set.facts().classes;
  std::vector<std::int64_t> chosen;
  if (classes < 2 || classes > kMostClasses) {
    for (std::int64_t i = 0; i < std::min(set.count(), kRows * kColumns); ++i) chosen.push_back(i);
    return chosen;
  }
  std::vector<std::vector<std::int64_t>> by_class(static_cast<std::size_t>(classes));
  for (std::int64_t i = 0; i < set.count(); ++i) {
    auto& row = by_class[static_cast<std::size_t>(set.label(i))];
    if (static_cast<std::int64_t>(row.size()) < kColumns) row.push_back(i);
  }
  const bool full = std::all_of(by_class.begin(), by_class.end(), [](const auto& row) {
    return static_cast<std::int64_t>(row.size()) == kColumns;
  });
  for (const auto& row : by_class) chosen.insert(chosen.end(), row.begin(), row.end());
  if (!full) std::sort(chosen.begin(), chosen.end());
  return chosen;
}
}  // namespace

Picture data_picture(const DataSet& set) {
  const DataFacts& facts = set.facts();
  if (facts.points) {
    const std::int64_t count = std::min(set.count(), kMostPoints);
    std::vector<float> xy(static_cast<std::size_t>(2 * count));
    for (std::int64_t i = 0; i < count; ++i)
      set.point(i, std::span(xy).subspan(static_cast<std::size_t>(2 * i), 2));
    const PointCloud cloud{xy.data(), count, kRealPoints};
    return scatter_plot({&cloud, 1}, 1.5 * kRingRadius);
  }
  std::vector<Picture> pictures;
  for (const std::int64_t index : first_examples(set)) {
    pictures.emplace_back(facts.height, facts.width, facts.channels);
    set.image(index, pictures.back().bytes);
  }
  return arranged(pictures, kColumns);
}

}  // namespace agon
