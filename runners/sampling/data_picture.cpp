#include "runners/sampling/data_picture.h"

#include <algorithm>
#include <vector>

#include "runners/data/drawn/gaussians.h"
#include "runners/sampling/grid.h"
#include "runners/sampling/scatter.h"

namespace agon {

namespace {
constexpr std::int64_t kColumns = 12;
constexpr std::int64_t kRows = 8;
constexpr std::int64_t kFrameRows = 10;
constexpr std::int64_t kMostClasses = 10;
constexpr std::int64_t kMostPoints = 2000;

std::vector<std::int64_t> first_examples(const DataSet& set) {
  const std::int64_t classes = set.facts().classes();
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

Picture channel_of(const Picture& picture, std::int64_t channel) {
  Picture grey(picture.height, picture.width, 1);
  for (std::size_t i = 0; i < grey.bytes.size(); ++i)
    grey.bytes[i] = picture.bytes[i * static_cast<std::size_t>(picture.channels) +
                                  static_cast<std::size_t>(channel)];
  return grey;
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
    return scatter_plot({&cloud, 1}, plot_reach(facts.modes));
  }
  std::vector<Picture> pictures;
  if (facts.frames > 0) {
    for (std::int64_t i = 0; i < std::min(set.count(), kFrameRows); ++i) {
      Picture moments(facts.height, facts.width, facts.channels);
      set.image(i, moments.bytes);
      for (std::int64_t frame = 0; frame < facts.frames; ++frame)
        pictures.push_back(channel_of(moments, frame));
    }
    return arranged(pictures, facts.frames);
  }
  for (const std::int64_t index : first_examples(set)) {
    pictures.emplace_back(facts.height, facts.width, facts.channels);
    set.image(index, pictures.back().bytes);
  }
  return arranged(pictures, kColumns);
}

}  // namespace agon
