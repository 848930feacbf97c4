#include "graphs/experiment/health.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/graphs/findings.h"
#include "tests/graphs/turns_bench.h"

/// What of a training is watched, read from its losses or named by the user.
namespace agon {
namespace {

/// A GAN on points with such losses.
std::string gan(const std::string& losses, const std::string& more = "") {
  return R"(agon: 1
name: t
data: {source: rings}
networks:
  maker: {input: {z: [2], label: [8]}, layers: [{concat: [z, label]}, {dense: 2}]}
  judge: {input: {x: [2]}, layers: [{dense: 1}]}
step:
  y: random_label([batch], data.classes)
  z: normal([batch, 2])
  fake: maker(z, one_hot(y, data.classes))
losses:
)" + losses +
         R"(
optimizers:
  d: {minimize: d, update: judge, sgd: {lr: 0.1}}
  g: {minimize: g, update: maker, sgd: {lr: 0.1}}
train: {steps: 100, batch: 16}
)" + more;
}

std::set<std::string> outputs_of(const HealthGraph& health) {
  std::set<std::string> names;
  for (const auto& output : health.graph->outputs()) names.insert(output.name);
  return names;
}

TEST(Health, ReadsScoresFromTheLosses) {
  struct Case {
    const char* losses;
    ScoreKind kind;
    bool saturates;
  };
  const Case cases[] = {
      {"  d: bce_with_logits(judge(data.point), 0.9) + bce_with_logits(judge(fake), 0)\n"
       "  g: bce_with_logits(judge(fake), 1)",
       ScoreKind::Logits, false},
      {"  d: bce_with_logits(judge(data.point), 1) + bce_with_logits(judge(fake), 0)\n"
       "  g: -bce_with_logits(judge(fake), 0)",
       ScoreKind::Logits, true},
      {"  d: 0.5 * (mse(judge(data.point), 1) + mse(judge(fake), 0))\n"
       "  g: mse(judge(fake), 1)",
       ScoreKind::Targets, false},
      {"  d: mean(relu(1 - judge(data.point))) + mean(relu(1 + judge(fake)))\n"
       "  g: -mean(judge(fake))",
       ScoreKind::Margins, false},
      {"  apart: mean(judge(data.point)) - mean(judge(fake))\n  d: -apart\n"
       "  g: -mean(judge(fake))",
       ScoreKind::Unbounded, false},
      {"  d: bce_with_logits(judge(data.point) - mean(judge(fake)), 1) + "
       "bce_with_logits(judge(fake) - mean(judge(data.point)), 0)\n"
       "  g: bce_with_logits(judge(fake) - mean(judge(data.point)), 1)",
       ScoreKind::Logits, false},
  };
  for (const Case& c : cases) {
    const Plan plan = plan_of(gan(c.losses));
    ASSERT_NE(plan.health, nullptr) << c.losses;
    ASSERT_EQ(plan.health->critics.size(), 1u) << c.losses;
    const WatchedCritic& critic = plan.health->critics[0];
    EXPECT_EQ(critic.network, "judge");
    EXPECT_EQ(critic.kind, c.kind) << c.losses;
    EXPECT_EQ(critic.saturates, c.saturates) << c.losses;
    EXPECT_EQ(critic.maker, "maker");
    EXPECT_EQ(critic.maker_turn, "g");
    EXPECT_TRUE(critic.labelled);
    EXPECT_EQ(outputs_of(*plan.health).contains("critic0.slope"), c.kind == ScoreKind::Unbounded);
    EXPECT_TRUE(plan.health->graph->updates().empty());
  }
}

TEST(Health, TakesNoOtherLossForScores) {
  const Plan plan =
      plan_of(gan("  d: mean(judge(data.point)^2) + mean(exp(judge(fake)))\n"
                  "  g: mean(abs(fake - data.point)) - mean(fake)"));
  ASSERT_NE(plan.health, nullptr);
  EXPECT_TRUE(plan.health->critics.empty());
  EXPECT_EQ(outputs_of(*plan.health), (std::set<std::string>{"gradient.d", "gradient.g"}));
}

TEST(Health, IsNamedByTheUser) {
  const std::string losses =
      "  d: mean(judge(data.point)^2) + mean(exp(judge(fake)))\n"
      "  g: mean(judge(fake))";
  const Plan plan =
      plan_of(gan(losses, "health: {real: judge(data.point), fake: judge(fake), label: y}\n"));
  ASSERT_EQ(plan.health->critics.size(), 1u);
  EXPECT_EQ(plan.health->critics[0].maker, "maker");
  EXPECT_TRUE(plan.health->critics[0].labelled);
  expect_finding(gan(losses, "health: {real: judge(data.point), fake: judge(fke)}\n"),
                 "health.fake: unknown name 'fke'; did you mean 'fake'?");
  expect_finding(gan(losses, "health: {real: judge(data.point)}\n"),
                 "health: real and fake are scores in pairs: equally many of each");
}

TEST(Health, IsNotWatchedInAShorterTraining) {
  const std::string losses =
      "  d: mse(judge(data.point), 1) + mse(judge(fake), 0)\n"
      "  g: mse(judge(fake), 1)";
  EXPECT_NE(plan_of(gan(losses, "health: {every: 100}\n")).health, nullptr);
  EXPECT_EQ(plan_of(gan(losses, "health: {every: 101}\n")).health, nullptr);
}

}  // namespace
}  // namespace agon
