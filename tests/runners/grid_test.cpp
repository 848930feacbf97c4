#include "runners/sampling/grid.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "runners/data/png.h"
#include "runners/sampling/sampler.h"
#include "runners/sampling/scatter.h"
#include "tests/runners/scratch_folder.h"

namespace agon {
namespace {

TEST(Grid, ValuesBecomeBytes) {
  EXPECT_EQ(to_byte(-1, -1, 1), 0);
  EXPECT_EQ(to_byte(1, -1, 1), 255);
  EXPECT_EQ(to_byte(-7, -1, 1), 0);
  EXPECT_EQ(to_byte(7, -1, 1), 255);
  EXPECT_EQ(to_byte(0, -1, 1), 128);  // 127.5 to even
  EXPECT_EQ(to_byte(126.5f, 0, 255), 126);
  EXPECT_EQ(to_byte(NAN, 0, 1), 0);
  EXPECT_EQ(to_byte(INFINITY, 0, 1), 255);
}

std::uint8_t pixel(const Picture& p, std::int64_t row, std::int64_t column, std::int64_t c = 0) {
  return p.bytes[static_cast<std::size_t>((row * p.width + column) * p.channels + c)];
}

TEST(Grid, PicturesOfOneExampleStandSideBySide) {
  // two lists of four pictures of one pixel: examples 0..3, grey 10 e and 10 e + 5
  std::vector<float> a = {0, 10, 20, 30}, b = {5, 15, 25, 35};
  const std::vector<PictureBatch> lists = {{a.data(), 4, 1, 1, 1}, {b.data(), 4, 1, 1, 1}};
  const Picture grid = arranged(lists, 4, 0, 255);
  ASSERT_EQ(grid.width, 4 * (1 + kGridGap) + kGridGap);
  ASSERT_EQ(grid.height, 2 * (1 + kGridGap) + kGridGap);
  const int expected[2][4] = {{0, 5, 10, 15}, {20, 25, 30, 35}};
  for (std::int64_t row = 0; row < 2; ++row) {
    for (std::int64_t column = 0; column < 4; ++column) {
      EXPECT_EQ(pixel(grid, kGridGap + row * (1 + kGridGap), kGridGap + column * (1 + kGridGap)),
                expected[row][column]);
    }
  }
  EXPECT_EQ(pixel(grid, 0, 0), kGridGrey);
}

TEST(Grid, LastRowMayBeShortAndGreyJoinsColour) {
  std::vector<Picture> pictures(3, Picture(2, 2, 1));
  pictures[1] = Picture(4, 2, 3);
  pictures[1].bytes.assign(pictures[1].bytes.size(), 9);
  const Picture grid = arranged(pictures, 2);
  EXPECT_EQ(grid.channels, 3);
  EXPECT_EQ(grid.height, 2 * (4 + kGridGap) + kGridGap);
  EXPECT_EQ(grid.width, 2 * (2 + kGridGap) + kGridGap);
  EXPECT_EQ(pixel(grid, kGridGap, kGridGap), kGridGrey);  // the small one stands in the middle
  EXPECT_EQ(pixel(grid, kGridGap + 1, kGridGap, 2), 0);
  EXPECT_EQ(pixel(grid, kGridGap, 2 * kGridGap + 2, 1), 9);
}

TEST(Scatter, DotsStandWhereTheirPointsAre) {
  const std::vector<float> xy = {1, 1, NAN, 0, 50, 0};
  const PointCloud cloud{xy.data(), 3, {200, 0, 0}};
  const Picture plot = scatter_plot({&cloud, 1}, 2);
  // (1, 1) of -2..2 is three quarters to the right and one quarter down
  EXPECT_LT(pixel(plot, kPlotSide / 4, 3 * kPlotSide / 4, 1), 100);
  EXPECT_EQ(pixel(plot, 3 * kPlotSide / 4, kPlotSide / 4, 1), 255);
  EXPECT_EQ(plot, scatter_plot({&cloud, 1}, 2));
}

TEST(Grid, TextsSayConfigNameStepAndSeedAndNoMore) {
  Experiment experiment;
  experiment.hash = "abc";
  experiment.name = "mlp";
  experiment.seed = 3;
  const PngTexts texts = picture_texts(experiment, 500);
  EXPECT_EQ(texts, (PngTexts{{"config", "abc"}, {"name", "mlp"}, {"step", "500"}, {"seed", "3"}}));
  const auto bytes = encode_png(Picture(1, 1, 1), texts);
  const std::string file(bytes.begin(), bytes.end());
  for (const auto& [key, value] : texts)
    EXPECT_NE(file.find(fmt::format("{}{}{}", key, '\0', value)), std::string::npos) << key;
}

}  // namespace
}  // namespace agon
