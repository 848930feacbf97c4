#include "graphs/experiment/health.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "engine/ir/op_def.h"
#include "tests/graphs/drawn_facts.h"
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

std::set<std::string> outputs_of(const Graph& graph) {
  std::set<std::string> names;
  for (const auto& output : graph.outputs()) names.insert(output.name);
  return names;
}

std::set<std::string> inputs_of(const Graph& graph) {
  std::set<std::string> names;
  for (const auto& node : graph.nodes()) {
    if (node->is("input")) names.insert(node->attrs_as<LeafAttrs>().name);
  }
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
    EXPECT_EQ(outputs_of(*plan.health->graph).contains("critic0.slope"),
              c.kind == ScoreKind::Unbounded);
    EXPECT_TRUE(plan.health->graph->updates().empty());
    const bool relativistic =
        std::string_view(c.losses).find("data.point) - mean") != std::string_view::npos;
    EXPECT_EQ(outputs_of(*plan.health->graph).contains("critic0.fake_alone"), relativistic);
    const HeldOut& held_out = plan.health->held_out;
    ASSERT_NE(held_out.graph, nullptr) << c.losses;
    EXPECT_EQ(outputs_of(*held_out.graph), std::set<std::string>{"critic0.real"});
    EXPECT_EQ(inputs_of(*held_out.graph), std::set<std::string>{"data.point"}) << c.losses;
    EXPECT_TRUE(held_out.graph->updates().empty());
  }
}

TEST(Health, TakesNoOtherLossForScores) {
  const Plan plan =
      plan_of(gan("  d: mean(judge(data.point)^2) + mean(exp(judge(fake)))\n"
                  "  g: mean(abs(fake - data.point)) - mean(fake)"));
  ASSERT_NE(plan.health, nullptr);
  EXPECT_TRUE(plan.health->critics.empty());
  EXPECT_EQ(outputs_of(*plan.health->graph), (std::set<std::string>{"gradient.d", "gradient.g"}));
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

/// The plan of a GAN whose source holds out so many examples.
Plan plan_with(std::int64_t validate, std::int64_t test, const std::string& real,
               const std::vector<std::string>& set = {}) {
  ReadOptions options;
  options.set = set;
  const std::string text =
      gan("  d: mse(judge(" + real + "), 1) + mse(judge(fake), 0)\n" + "  g: mse(judge(fake), 1)");
  const Experiment experiment =
      read_experiment_text(text, "t.yaml", ".", options, [&](const DataSpec& spec) {
        DataFacts facts = drawn_facts(spec);
        facts.validate_count = validate;
        facts.test_count = test;
        return facts;
      });
  return build_plan(experiment, all_ops());
}

TEST(Health, HoldsOutExamplesOfTheDataThatHasThem) {
  const std::string real = "data.point";
  struct Case {
    std::int64_t validate, test;
    std::string batch, split;
    std::int64_t batches;
  };
  const Case cases[] = {{0, 4000, "16", "test", 4},      {200, 4000, "16", "validate", 4},
                        {40, 4000, "16", "validate", 2}, {10, 4000, "16", "test", 4},
                        {0, 4000, "64", "test", 1},      {0, 4000, "256", "test", 1},
                        {0, 4000, "24", "test", 3},      {0, 4000, "2", "test", 4}};
  for (const Case& c : cases) {
    const Plan plan = plan_with(c.validate, c.test, real, {"train.batch=" + c.batch});
    EXPECT_EQ(plan.health->held_out.split, c.split) << c.validate << " " << c.batch;
    EXPECT_EQ(plan.health->held_out.batches, c.batches) << c.validate << " " << c.batch;
  }
}

TEST(Health, SaysWhyNothingIsHeldOut) {
  struct Case {
    Plan plan;
    std::string why;
  };
  const Case cases[] = {
      {plan_with(0, 0, "data.point"), "no examples are held out"},
      {plan_with(12, 0, "data.point"), "of the 12 held-out examples no batch of 16 can be made"},
      {plan_with(0, 10, "data.point", {"train.batch=4"}), ""},
      {plan_with(0, 5, "data.point", {"train.batch=4"}), "4 examples are too few"},
      {plan_with(0, 4000, "normal([batch, 2])"), "judge(normal([batch, 2])) judges no data"},
  };
  for (const Case& c : cases) {
    ASSERT_NE(c.plan.health, nullptr) << c.why;
    EXPECT_EQ(c.plan.health->critics.size(), 1u);
    EXPECT_EQ(c.plan.health->held_out.graph == nullptr, !c.why.empty()) << c.why;
    const bool told = std::ranges::any_of(c.plan.health->off, [&](const std::string& off) {
      return off.starts_with("critic_overfitting") && off.find(c.why) != std::string::npos;
    });
    EXPECT_EQ(told, !c.why.empty()) << c.why;
  }
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
