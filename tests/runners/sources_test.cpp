#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "runners/data/png.h"
#include "tests/runners/scratch_folder.h"

/// What reaches a loss from several sources, lists of labels and single
/// pictures, from file to metrics.
namespace agon {
namespace {

constexpr const char* kExperiment = R"yaml(
agon: 1
name: sources
lanes: 2
data: {}
networks: {{n: {{input: {{z: [1]}}, layers: [{{dense: 1}}]}}}}
step: {{z: "normal([batch, 1])"}}
losses:
  own: mean(n(z)^2)
  looked: {}
optimizers: {{o: {{minimize: own + looked, update: n, sgd: {{lr: 0.1}}}}}}
train: {{steps: 5, batch: 4, log: {{every: 1}}}}
)yaml";

class SourcesTrained : public testing::Test {
 protected:
  /// The loss `looked` of each step.
  std::vector<double> looked(const std::string& data, const std::string& loss) {
    write_text(folder_ / "t.yaml", fmt::format(kExperiment, data, loss));
    const CommandResult result =
        run_agon({"train", folder_ / "t.yaml", "--runs", folder_ / "runs"});
    EXPECT_EQ(result.code, 0) << result.err;
    if (result.code != 0) return {};
    std::vector<double> values;
    std::istringstream lines(
        file_text(fmt::format("{}/runs/sources/{:04}/metrics.jsonl", folder_.path(), ++runs_)));
    for (std::string line; std::getline(lines, line);) {
      const auto json = nlohmann::json::parse(line);
      if (json.contains("losses.looked")) values.push_back(json["losses.looked"]);
    }
    EXPECT_EQ(values.size(), 5u);
    return values;
  }

  /// Whether the first run's lock has the hash of a data file.
  bool locked(const std::string& name) const {
    const auto lock = nlohmann::json::parse(file_text(folder_ / "runs/sources/0001/lock.json"));
    for (const auto& set : lock["data"]) {
      for (const auto& file : set["files"]) {
        if (file["path"].get<std::string>().ends_with("/" + name)) return true;
      }
    }
    return false;
  }

  ScratchFolder folder_;
  int runs_ = 0;
};

TEST_F(SourcesTrained, BelongTogetherWhereTheyArePaired) {
  const std::string one = "{source: faces, size: 8, count: 40, augment: [flip, {shift: 2}]}";
  const std::string two = fmt::format("a: {}, b: {}", one, one);
  const std::string apart = "mae(data.a.image, data.b.image)";
  for (const double value : looked("{paired: true, " + two + "}", apart)) EXPECT_EQ(value, 0);
  for (const double value : looked("{" + two + "}", apart)) EXPECT_GT(value, 0.05);
}

TEST_F(SourcesTrained, GiveEveryListOfLabels) {
  // The second word of a caption is the word of the scale, whose words begin
  // at 4.
  for (const double value : looked("{source: shapes, size: 8, count: 40}",
                                   "mean(abs(real(slice(data.caption, 1, 2, over=1)) - 4 - "
                                   "real(unsqueeze(data.scale, 1))))"))
    EXPECT_EQ(value, 0);
  for (const double value : looked("{source: shapes, size: 8, count: 40}",
                                   "mean(real(data.colour)) + mean(real(data.label))"))
    EXPECT_GT(value, 0);
}

TEST_F(SourcesTrained, HaveASinglePictureBesides) {
  write_png(folder_ / "white.png", [] {
    Picture picture(6, 6, 3);
    std::ranges::fill(picture.bytes, std::uint8_t{255});
    return picture;
  }());
  for (const double value :
       looked("{p: {source: image, path: white.png}, a: {source: digits, size: "
              "8, count: 40}}",
              "mean(data.p.image) + 0 * mean(data.a.image)"))
    EXPECT_EQ(value, 1);
  EXPECT_TRUE(locked("white.png")) << "its file decides the result";
}

TEST_F(SourcesTrained, HaveTheLabelsOfATable) {
  std::string table = "file,kind,age\n";
  std::filesystem::create_directory(folder_ / "set");
  for (int i = 0; i < 8; ++i) {
    write_png(fmt::format("{}/set/{}.png", folder_.path(), i), Picture(4, 4, 1));
    table += fmt::format("{}.png,{},7\n", i, i % 2 == 0 ? "dog" : "cat");
  }
  write_text(folder_ / "t.csv", table);
  for (const double value : looked("{source: folder, path: set, labels: t.csv}",
                                   "mean(real(data.age)) + data.age.classes + data.classes"))
    EXPECT_EQ(value, 7 + 8 + 2);
  const std::string run = folder_.path() + "/runs/sources/0001";
  EXPECT_TRUE(locked("t.csv"));
  EXPECT_NE(file_text(run + "/experiment.yaml").find("labels: " + folder_.path() + "/t.csv"),
            std::string::npos);
}

TEST_F(SourcesTrained, AreShown) {
  write_text(folder_ / "t.yaml", fmt::format(kExperiment,
                                             "{a: {source: shapes, count: 40}, b: {source: "
                                             "moving_digits, count: 40}}",
                                             "mean(data.a.image)"));
  const CommandResult result = run_agon({"data", folder_ / "t.yaml", "--runs", folder_ / "runs"});
  EXPECT_EQ(result.code, 0) << result.err;
  for (const char* part : {"a: shapes: 32x32 RGB, labels label (6), colour (8), number (4), scale "
                           "(2), background (3), "
                           "caption (6 of 30), 40 training and 4,000 test examples",
                           "0: one large orange star on white",
                           "b: moving_digits: 32x32 grey, 8 frames, labels label (10), direction "
                           "(8)",
                           "direction"})
    EXPECT_NE(result.out.find(part), std::string::npos) << part << "\n" << result.out;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "runs/data-shapes-a.png"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "runs/data-moving_digits-b.png"));
}

}  // namespace
}  // namespace agon
