#include <gtest/gtest.h>

#include <filesystem>

#include "runners/data/data_set.h"
#include "runners/data/decode.h"
#include "tests/runners/scratch_folder.h"

/// `agon sample --count`, `--walk` and `--interpolate` on a run.
namespace agon {
namespace {

constexpr const char* kConditional = R"(
agon: 1
name: drawn
lanes: 2
data: {source: digits, count: 100}
networks:
  maker:
    input: {z: [3], kind: [data.classes]}
    layers: [{concat: kind}, {dense: 784}, tanh, {reshape: [1, 28, 28]}]
step:
  z: normal([batch, 3])
  kind: one_hot(data.label, data.classes)
  fake: maker(z, kind)
losses:
  far: mse(fake, data.image)
optimizers:
  maker: {minimize: far, update: maker, adam: {lr: 1e-2}}
train: {steps: 2, batch: 4}
sample:
  image: fake
  grid: 10x3
  with:
    kind: one_hot(row, data.classes)
)";

class Drawn : public testing::Test {
 protected:
  Drawn() {
    write_text(folder_ / "drawn.yaml", kConditional);
    EXPECT_EQ(agon({"train", folder_ / "drawn.yaml"}).code, 0);
  }
  CommandResult agon(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--runs", folder_ / "runs"});
    return run_agon(arguments);
  }
  std::string bytes_of(std::vector<std::string> arguments) {
    const std::string path = folder_ / "picture.png";
    arguments.insert(arguments.begin(), {"sample", "drawn"});
    arguments.insert(arguments.end(), {"--out", path});
    const CommandResult result = agon(arguments);
    EXPECT_EQ(result.code, 0) << result.err;
    return file_text(path);
  }

  ScratchFolder folder_;
};

TEST_F(Drawn, AFolderOfClassesReadsBackAsItWasWritten) {
  const std::string out = folder_ / "many";
  const CommandResult result = agon({"sample", "drawn", "--count", "75", "--out", out});
  ASSERT_EQ(result.code, 0) << result.err;
  DataSpec spec;
  spec.source = "folder";
  spec.path = out;
  const auto set = open_data(spec, Split::Train);
  EXPECT_EQ(set->count(), 75);
  std::vector<int> of_class(10);
  for (std::int64_t i = 0; i < set->count(); ++i)
    ++of_class.at(static_cast<std::size_t>(set->label(i)));
  EXPECT_EQ(of_class, (std::vector<int>{8, 8, 8, 8, 8, 7, 7, 7, 7, 7}));
  // example 70 is in the second batch, of class 0
  std::vector<std::uint8_t> bytes(784);
  std::int64_t last_of_class_0 = 0;
  for (std::int64_t i = 0; i < set->count(); ++i)
    last_of_class_0 = set->label(i) == 0 ? i : last_of_class_0;
  set->image(last_of_class_0, bytes);
  EXPECT_EQ(bytes, read_picture(out + "/0/000070.png").bytes);
  // not into a folder that holds something
  EXPECT_EQ(agon({"sample", "drawn", "--count", "5", "--out", out}).code, 73);
}

TEST_F(Drawn, TheFirstExampleIsThatOfTheGrid) {
  const std::string out = folder_ / "many";
  ASSERT_EQ(agon({"sample", "drawn", "--count", "1", "--out", out}).code, 0);
  const Picture one = read_picture(out + "/0/000000.png");
  const std::string path = folder_ / "grid.png";
  ASSERT_EQ(agon({"sample", "drawn", "--out", path}).code, 0);
  const Picture grid = read_picture(path);
  for (std::int64_t y = 0; y < 28; ++y) {
    for (std::int64_t x = 0; x < 28; ++x)
      ASSERT_NEAR(grid.bytes[static_cast<std::size_t>((y + 2) * grid.width + x + 2)],
                  one.bytes[static_cast<std::size_t>(y * 28 + x)], 1);
  }
}

TEST_F(Drawn, WalksAndInterpolationsAreTheSameEachTimeAndFollowTheSeed) {
  const std::string walk = bytes_of({"--walk"});
  EXPECT_TRUE(walk == bytes_of({"--walk"}));
  EXPECT_FALSE(walk == bytes_of({"--walk", "--seed", "9"}));
  EXPECT_FALSE(walk == bytes_of({"--interpolate"}));
  const Picture grid = read_picture(folder_ / "picture.png");
  EXPECT_EQ(grid.height, 10 * 30 + 2);
  EXPECT_EQ(grid.width, 3 * 30 + 2);
}

TEST_F(Drawn, AWalkOfFramesIsAFolderInTheirOrder) {
  const std::string out = folder_ / "frames";
  ASSERT_EQ(agon({"sample", "drawn", "--walk", "--count", "20", "--out", out}).code, 0);
  EXPECT_TRUE(std::filesystem::exists(out + "/000000.png"));
  EXPECT_TRUE(std::filesystem::exists(out + "/000019.png"));
}

TEST_F(Drawn, WrongUsesAreSaid) {
  EXPECT_EQ(agon({"sample", "drawn", "--walk", "--interpolate"}).code, 64);
  EXPECT_EQ(agon({"sample", "drawn", "--count", "5"}).code, 64);
  EXPECT_EQ(agon({"sample", "drawn", "--interpolate", "--count", "5", "--out", "x"}).code, 64);
  const CommandResult unknown = agon({"sample", "drawn", "--spec", "x"});
  EXPECT_EQ(unknown.code, 64);
  EXPECT_NE(unknown.err.find("no sample spec named 'x'"), std::string::npos) << unknown.err;
}

}  // namespace
}  // namespace agon
