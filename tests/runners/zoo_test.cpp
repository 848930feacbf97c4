#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "runners/zoo/zoo_page.h"
#include "tests/runners/program.h"
#include "tests/runners/scratch_folder.h"

/// The zoo trains what is missing, once, and its page depends on the runs alone.
namespace agon {
namespace {

namespace fs = std::filesystem;

const char* const kConfig = R"yaml(agon: 1
name: tiny
paper: Somebody 2000, A Paper
data: {source: rings}
networks:
  generator: {input: {z: [2]}, layers: [{dense: 2}]}
step: {fake: "generator(normal([batch, 2]))"}
losses: {g: mean(fake^2)}
optimizers: {g: {minimize: g, update: generator, sgd: 0.1}}
train: {steps: 3, batch: 4}
sample: {image: fake, grid: 2x2}
evaluate: {on: test, count: 10, metrics: {size: mean(abs(fake))}}
)yaml";

class Zoo : public testing::Test {
 protected:
  Zoo() {
    fs::create_directories(folder_ / "configs/small");
    write("configs/small/tiny.yaml", kConfig);
    write("configs/part.yaml", "params: {width: 3}\n");
    fs::create_directories(folder_ / "configs/left_out");
    write("configs/left_out/never.yaml", kConfig);
  }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }

  int zoo(const std::string& seeds) {
    return exit_code_of(
        start_program({"zoo", folder_ / "configs", "--skip", "left_out", "--seeds", seeds, "--runs",
                       folder_ / "runs", "--out", folder_ / "zoo.md"},
                      2));
  }

  std::size_t runs() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& run : fs::directory_iterator(folder_ / "runs/tiny")) ++count;
    return count;
  }

  ScratchFolder folder_;
};

TEST_F(Zoo, TrainsWhatIsMissingAndOnlyThat) {
  ASSERT_EQ(zoo("1"), 0);
  EXPECT_EQ(runs(), 1u);
  ASSERT_EQ(zoo("2"), 0);
  EXPECT_EQ(runs(), 2u);
  const std::string page = file_text(folder_ / "zoo.md");
  EXPECT_NE(page.find("| `small/tiny` | Somebody 2000, A Paper | rings | 3 | 0.0 | 2 | size "),
            std::string::npos)
      << page;
  EXPECT_NE(page.find(" ± "), std::string::npos) << page;
  EXPECT_NE(page.find("[grid](zoo/small-tiny.png)"), std::string::npos) << page;
  EXPECT_TRUE(fs::exists(folder_ / "zoo/small-tiny.png"));
  ASSERT_EQ(zoo("2"), 0);
  EXPECT_EQ(runs(), 2u);
  EXPECT_EQ(file_text(folder_ / "zoo.md"), page);
}

TEST_F(Zoo, TrainsAgainWhatWasNotFinishedOrHasChanged) {
  ASSERT_EQ(zoo("1"), 0);
  fs::remove_all(folder_ / "runs/tiny/0001/checkpoints/step-3");
  write("runs/tiny/0001/metrics.jsonl", "{\"step\": 2, \"losses.g\": 1}\n");
  ASSERT_EQ(zoo("1"), 0);
  EXPECT_EQ(runs(), 2u);
  write("configs/small/tiny.yaml", std::string(kConfig) + "params: {unlike: 1}\n");
  ASSERT_EQ(zoo("1"), 0);
  EXPECT_EQ(runs(), 3u);
}

TEST_F(Zoo, TakesARunThatReachedItsLimitAsItIs) {
  ASSERT_EQ(zoo("1"), 0);
  fs::remove_all(folder_ / "runs/tiny/0001/checkpoints/step-3");
  write("runs/tiny/0001/metrics.jsonl", "{\"step\": 2, \"losses.g\": 1}\n");
  std::ofstream(folder_ / "runs/tiny/0001/timing.jsonl", std::ios::app)
      << "{\"limit_minutes\": 5}\n";
  ASSERT_EQ(zoo("1"), 0);
  EXPECT_EQ(runs(), 1u);
  EXPECT_NE(file_text(folder_ / "zoo.md").find("| 2 of 3 | "), std::string::npos);
}

TEST_F(Zoo, SaysWhatIsWrongWithAConfigAndGoesOn) {
  write("configs/bad.yaml", std::string(kConfig) + "nonsense: 1\n");
  EXPECT_EQ(zoo("1"), 65);
  EXPECT_NE(file_text(folder_ / "zoo.md").find("`small/tiny`"), std::string::npos);
}

TEST_F(Zoo, NamesAndCountsConfigsThatFailed) {
  fs::remove(folder_ / "configs/small/tiny.yaml");
  write("configs/bad.yaml", std::string(kConfig) + "nonsense: 1\n");
  std::string gone = kConfig;
  gone.replace(gone.find("{source: rings}"), 15, "{source: folder, path: gone}");
  write("configs/gone.yaml", gone);
  const CommandResult kept = run_agon({"zoo", folder_ / "configs", "--skip", "left_out", "--runs",
                                       folder_ / "runs", "--out", folder_ / "zoo.md"});
  EXPECT_EQ(kept.code, 65) << kept.err;
  EXPECT_NE(kept.out.find("zoo.md: 2 configs, 0 trained now, 2 failed\n"), std::string::npos)
      << kept.out;
  EXPECT_NE(kept.err.find("error[66] " + (folder_ / "configs/gone.yaml:4:")), std::string::npos)
      << kept.err;
  const std::string page = file_text(folder_ / "zoo.md");
  for (const char* name : {"bad", "gone"}) {
    const std::string row = "| `" + std::string(name) + "` |  |  |  |  | 0 | failed |  |\n";
    EXPECT_NE(page.find(row), std::string::npos) << page;
  }
}

TEST(ZooPage, WritesMeanAndDeviation) {
  EXPECT_EQ(spread_text({1, 2, 3}), "2.0000 ± 1");
  EXPECT_EQ(spread_text({0.25}), "0.2500");
}

}  // namespace
}  // namespace agon
