#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "runners/runs/series.h"
#include "tests/runners/scratch_folder.h"

/// A training that comes to what is no number says where that began, and leaves the state before.
namespace agon {
namespace {

namespace fs = std::filesystem;

/// `spoilt` is added to the loss.
std::string spoilt_by(const std::string& spoilt, const std::string& more = "") {
  return R"(agon: 1
name: t
lanes: 1
data: {source: rings}
networks:
  net: {input: {x: [2]}, layers: [{dense: 8}, tanh, {dense: 2}]}
losses:
  l: mean(net(data.point)^2) + )" +
         spoilt + R"(
optimizers:
  o: {minimize: l, update: net, sgd: {lr: 0.1}}
train: {steps: 40, batch: 4, log: {every: 1}}
checkpoint: {every: 4, keep: 20}
)" + more;
}

class NotFinite : public testing::Test {
 protected:
  CommandResult train(const std::string& text) {
    write_text(folder_ / "t.yaml", text);
    return run_agon({"train", folder_ / "t.yaml", "--runs", folder_ / "runs"});
  }
  std::string run() const { return folder_ / "runs/t/0001"; }
  bool is_saved(int step) const {
    return fs::exists(run() + "/checkpoints/step-" + std::to_string(step));
  }

  ScratchFolder folder_;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(NotFinite, IsNamedByNodeLineAndInputs) {
  // log(0) in the 11th step, of which step counts 10 before
  const CommandResult result = train(spoilt_by("log(10 - step) * mean(net(data.point))"));
  EXPECT_EQ(result.code, 65);
  EXPECT_TRUE(has(result.err, "losses.l: ")) << result.err;
  EXPECT_TRUE(has(result.err, "at step 11")) << result.err;
  EXPECT_TRUE(has(result.err, "it began at step 11, draw 1")) << result.err;
  EXPECT_TRUE(has(result.err, "log: 1 inf of 1 from [0, 0]")) << result.err;
  EXPECT_TRUE(has(result.err, "t.yaml:8")) << result.err;
  EXPECT_TRUE(is_saved(8));
  EXPECT_TRUE(is_saved(10));
  EXPECT_FALSE(is_saved(11));
}

/// Adds nothing to the loss of step n (counted from 0) but a gradient that is none: the slope of
/// x^0.25 at 0 is infinite.
std::string without_slope_at(int n) {
  return "mean((net(data.point)^2 * abs(" + std::to_string(n) + " - step))^0.25)";
}

TEST_F(NotFinite, IsFoundWhereAGradientBeganIt) {
  const CommandResult result = train(spoilt_by(without_slope_at(9)));
  EXPECT_EQ(result.code, 65) << result.err;
  EXPECT_TRUE(has(result.err, "nan at step 11")) << result.err;
  EXPECT_TRUE(has(result.err, "it began at step 10, draw 1")) << result.err;
  EXPECT_TRUE(is_saved(9));
}

TEST_F(NotFinite, IsNotSaved) {
  const CommandResult result = train(spoilt_by(without_slope_at(11)));
  EXPECT_EQ(result.code, 65) << result.err;
  EXPECT_TRUE(has(result.err, "is not finite after step 12")) << result.err;
  EXPECT_FALSE(is_saved(12));
  EXPECT_TRUE(is_saved(11));
}

TEST_F(NotFinite, IsLeftBehindWhereThatIsWanted) {
  const CommandResult result =
      train(spoilt_by("where(step == 10, log(10 - step), 0) * "
                      "mean(net(data.point))",
                      "health: {on_alarm: rollback}\n"));
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(has(result.err, "alarm: not_finite")) << result.err;
  EXPECT_TRUE(has(result.err, "goes on after step 11 with the state of step 8")) << result.err;
  const auto lock = nlohmann::json::parse(file_text(run() + "/lock.json"));
  ASSERT_EQ(lock["lineage"].size(), 1u);
  EXPECT_EQ(lock["lineage"][0]["rolled_back"], 11);
  EXPECT_TRUE(is_saved(40));
}

}  // namespace
}  // namespace agon
