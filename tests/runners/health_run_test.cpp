#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "runners/runs/series.h"
#include "tests/runners/scratch_folder.h"

/// What a training does about its health: rows, words, and the three things an alarm may lead to.
namespace agon {
namespace {

namespace fs = std::filesystem;

/// An autoencoder whose code says nothing soon: an alarm of posterior_collapse.
std::string collapsing(const std::string& on_alarm) {
  return R"(agon: 1
name: t
seed: 3
lanes: 1
data: {source: faces, size: 8, channels: 1, range: [0, 1], count: 200}
networks:
  encoder:
    input: {image: data.image}
    layers: [flatten, {dense: 16}, relu]
    outputs: {mu: [{dense: 4}], logvar: [{dense: 4}]}
  decoder: {input: {z: [4]}, layers: [{dense: 64}, {reshape: [1, 8, 8]}]}
step:
  e: encoder(data.image)
  again: decoder(e.mu + exp(0.5 * e.logvar) * normal(like=e.mu))
losses:
  l: mse(again, data.image) + 100 * kl_normal(e.mu, e.logvar)
optimizers:
  o: {minimize: l, update: [encoder, decoder], adam: {lr: 0.01}}
train: {steps: 300, batch: 16, log: {every: 50}}
checkpoint: {every: 10, keep: 40}
health: {every: 20, on_alarm: )" +
         on_alarm + "}\n";
}

/// A discriminator that can learn its few examples by heart, against a generator that stays behind.
std::string learning_by_heart() {
  return R"(agon: 1
name: t
seed: 3
lanes: 1
data: {source: faces, size: 8, channels: 1, count: 16}
networks:
  generator: {input: {z: [4]}, layers: [{dense: 64}, {reshape: [1, 8, 8]}, tanh]}
  discriminator:
    input: {image: data.image, y: [data.classes]}
    layers: [flatten, {concat: y}, {dense: 64}, relu, {dense: 1}]
step:
  y: one_hot(data.label, data.classes)
  fake: generator(normal([batch, 4]))
losses:
  d: bce_with_logits(discriminator(data.image, y), 1) + bce_with_logits(discriminator(fake, y), 0)
  g: bce_with_logits(discriminator(fake, y), 1)
optimizers:
  d: {minimize: d, update: discriminator, adam: {lr: 0.01}}
  g: {minimize: g, update: generator, adam: {lr: 0.01}}
train: {steps: 600, batch: 16, log: {every: 100}}
health: {every: 20}
)";
}

class HealthRun : public testing::Test {
 protected:
  CommandResult train(const std::string& text, std::vector<std::string> more = {}) {
    write_text(folder_ / "t.yaml", text);
    std::vector<std::string> arguments = {"train", folder_ / "t.yaml", "--runs", runs()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_agon(arguments);
  }
  CommandResult resume() { return run_agon({"resume", "t", "--runs", runs()}); }

  std::string runs() const { return folder_ / "runs"; }
  std::string run(int number) const { return runs() + "/t/000" + std::to_string(number); }
  std::vector<SeriesRow> rows(int number) const {
    return series_rows(run(number) + "/metrics.jsonl", 1'000'000);
  }
  nlohmann::json lineage(int number) const {
    return nlohmann::json::parse(file_text(run(number) + "/lock.json"))["lineage"];
  }
  static bool looked(const SeriesRow& row) {
    return std::ranges::any_of(row.measures,
                               [](const auto& m) { return m.first.starts_with("health."); });
  }

  ScratchFolder folder_;
};

TEST_F(HealthRun, SaysWhatIsWrongAndWhatToTry) {
  const CommandResult result = train(collapsing("continue"));
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.err.find("alarm: posterior_collapse of code: 0 of its units say anything"),
            std::string::npos)
      << result.err;
  EXPECT_NE(result.err.find("try: lower the weight of the divergence"), std::string::npos);
  std::vector<std::int64_t> steps;
  for (const SeriesRow& row : rows(1)) {
    if (looked(row) && row.step <= 60) steps.push_back(row.step);
  }
  EXPECT_EQ(steps, (std::vector<std::int64_t>{0, 1, 3, 10, 20, 30, 40, 60}));
  EXPECT_NE(file_text(run(1) + "/metrics.jsonl").find("\"signals\": \"alarm: posterior_collapse"),
            std::string::npos);
}

TEST_F(HealthRun, SeesADiscriminatorLearnByHeart) {
  const std::string name = "health.discriminator.overfit";
  const auto last_of = [&](int number) {
    double last = NAN;
    for (const SeriesRow& row : rows(number)) {
      for (const auto& measure : row.measures) {
        if (measure.first == name) last = measure.second;
      }
    }
    return last;
  };
  const CommandResult result = train(learning_by_heart());
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.err.find("alarm: critic_overfitting of discriminator: it learns"),
            std::string::npos)
      << result.err;
  EXPECT_GT(last_of(1), 0.5);
  ASSERT_EQ(train(learning_by_heart(), {"--set", "data.count=20000"}).code, 0);
  EXPECT_LT(last_of(2), 0.3);
  EXPECT_EQ(file_text(run(1) + "/lock.json").find("\"split\": \"validate\""), std::string::npos);
  EXPECT_NE(file_text(run(1) + "/lock.json").find("\"split\": \"test\""), std::string::npos);
}

TEST_F(HealthRun, ChangesNothingInTheTraining) {
  ASSERT_EQ(train(collapsing("continue")).code, 0);
  ASSERT_EQ(train(collapsing("continue"), {"--set", "health.every=1000"}).code, 0);
  const auto watched = rows(1), unwatched = rows(2);
  EXPECT_FALSE(looked(unwatched.back()));
  EXPECT_TRUE(looked(watched.back()));
  EXPECT_EQ(watched.back().step, 300);
  EXPECT_EQ(watched.back().fingerprint, unwatched.back().fingerprint);
  EXPECT_FALSE(watched.back().fingerprint.empty());
}

TEST_F(HealthRun, StopsWhereThatIsWanted) {
  const CommandResult result = train(collapsing("stop"));
  EXPECT_EQ(result.code, 75);
  EXPECT_NE(result.err.find("stopped by alarm: posterior_collapse"), std::string::npos)
      << result.err;
  const std::int64_t step = rows(1).back().step;
  EXPECT_LT(step, 300);
  EXPECT_TRUE(fs::exists(run(1) + "/checkpoints/step-" + std::to_string(step)));
  // what was said once does not stop it again
  EXPECT_EQ(resume().code, 0);
  EXPECT_EQ(rows(1).back().step, 300);
}

TEST_F(HealthRun, GoesBackAndOnWithOtherBatches) {
  const CommandResult result = train(collapsing("rollback"));
  const auto entries = lineage(1);
  ASSERT_FALSE(entries.empty()) << result.err;
  const std::int64_t at = entries[0]["rolled_back"], to = entries[0]["to"];
  EXPECT_LT(to, at);
  EXPECT_NE(result.err.find("goes on after step " + std::to_string(at) +
                            " with the state of step " + std::to_string(to)),
            std::string::npos)
      << result.err;
}

TEST_F(HealthRun, IsTheSameAfterAKillAroundARollback) {
  ASSERT_EQ(train(collapsing("rollback")).code, train(collapsing("rollback")).code);
  const std::int64_t at = lineage(1)[0]["rolled_back"];
  const std::string uncut = file_text(run(1) + "/metrics.jsonl");
  ASSERT_EQ(uncut, file_text(run(2) + "/metrics.jsonl"));
  // as if killed before the state after going back was saved, and long before that
  for (const std::int64_t kept : {at - 10, at - 50, std::int64_t{0}}) {
    for (const auto& entry : fs::directory_iterator(run(2) + "/checkpoints")) {
      const std::string name = entry.path().filename().string();
      if (std::stoll(name.substr(name.find('-') + 1)) > kept) fs::remove_all(entry.path());
    }
    resume();
    EXPECT_EQ(uncut, file_text(run(2) + "/metrics.jsonl")) << kept;
    EXPECT_EQ(lineage(1), lineage(2)) << kept;
  }
}

TEST_F(HealthRun, IsReproducedUpToWhereItWentBack) {
  train(collapsing("rollback"));
  const std::int64_t at = lineage(1)[0]["rolled_back"];
  const CommandResult again = run_agon({"reproduce", "t", "--runs", runs()});
  EXPECT_EQ(again.code, 0) << again.out;
  EXPECT_NE(again.out.find("compared up to step " + std::to_string(at)), std::string::npos)
      << again.out;
  EXPECT_NE(again.out.find("identical"), std::string::npos) << again.out;
}

TEST_F(HealthRun, IsReproducedWithItsNumbers) {
  ASSERT_EQ(train(collapsing("continue")).code, 0);
  const CommandResult again = run_agon({"reproduce", "t", "--runs", runs()});
  EXPECT_NE(again.out.find("identical"), std::string::npos) << again.out;
  // a number of health that the rerun does not come to
  std::string rows = file_text(run(1) + "/metrics.jsonl");
  const std::string name = "\"health.code.divergence\": ";
  const std::size_t at = rows.rfind(name) + name.size();
  rows.insert(at, "1");
  write_text(run(1) + "/metrics.jsonl", rows);
  const CommandResult spoilt = run_agon({"reproduce", "t", "--runs", runs()});
  EXPECT_EQ(spoilt.code, 65) << spoilt.out;
  EXPECT_NE(spoilt.out.find("health.code.divergence"), std::string::npos) << spoilt.out;
}

}  // namespace
}  // namespace agon
