#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/graphs/drawn_facts.h"
#include "tests/graphs/findings.h"
#include "tests/graphs/turns_bench.h"

/// Losses that no turn names: computed to be logged, and nothing but that.
namespace agon {
namespace {

constexpr double kTolerance = 32 * 0x1p-24;

Arrays points() {
  return {{"data.point", numbers({4, 2}, {0.5, -1, 1.5, 0.25, -0.75, 2, 0.25, 1.75})}};
}

/// A number w that a and b move, each by -0.5 a turn.
std::string numbers_text(const std::string& losses, const std::string& train,
                         const std::string& more = "") {
  return fmt::format(R"(agon: 1
name: t
params: {{off: 0}}
variables:
  w: {{init: 8}}
{}
losses:
  la: w
  lb: w + 0 * w
  {}
optimizers:
  a: {{minimize: la, update: w, sgd: {{lr: 0.5}}}}
  b: {{minimize: lb, update: w, sgd: {{lr: 0.5}}}}
train: {{{}}}
)",
                     more, losses, train);
}

struct OrderCase {
  std::string label;
  std::string order;
  double value;  // of w where the last draw begins, in the first step
  std::size_t programs;
};

class LoggedLosses : public testing::TestWithParam<OrderCase> {};

TEST_P(LoggedLosses, AreComputedOnceAStepWhereItsLastDrawBegins) {
  const OrderCase& c = GetParam();
  const std::string text = numbers_text("seen: w", fmt::format("steps: 4, order: {}", c.order));
  EXPECT_EQ(findings_of(text).find("losses.seen"), std::string::npos) << findings_of(text);
  const Plan plan = plan_of(text);
  EXPECT_EQ(plan.training.programs.size(), c.programs);
  const std::vector<int>& draws = plan.training.draws;
  for (std::size_t i = 0; i < draws.size(); ++i) {
    const DrawGraph& draw = plan.training.programs[static_cast<std::size_t>(draws[i])];
    const auto logged = std::ranges::count(draw.losses, "seen");
    EXPECT_EQ(logged, i + 1 == draws.size() ? 1 : 0) << draw.title();
  }
  EXPECT_EQ(std::ranges::count(plan.training.losses, "seen"), 1);
  CarriedTraining training(plan);
  EXPECT_NEAR(training.step(0).at("seen"), c.value, kTolerance);
}

INSTANTIATE_TEST_SUITE_P(One, LoggedLosses,
                         testing::Values(OrderCase{"one_draw", "[a, b]", 8, 1},
                                         OrderCase{"two_kinds", "[a * 2, b]", 7.5, 2},
                                         OrderCase{"last_of_equal_draws", "[a * 3]", 7, 2},
                                         OrderCase{"one_turn", "[b]", 8, 1}),
                         [](const auto& c) { return c.param.label; });

TEST(LoggedLosses, HaveATitleOfTheirOwn) {
  const Plan plan = plan_of(numbers_text("seen: w", "steps: 4, order: [a * 2]"));
  EXPECT_EQ(plan.training.programs.at(0).title(), "draw with turns a");
  EXPECT_EQ(plan.training.programs.at(1).title(), "draw with turns a and a log");
}

TEST(LoggedLosses, OfSomeStepsAreLoggedThen) {
  const Plan plan = plan_of(numbers_text("seen: every(3, w)", "steps: 9, order: [a]"));
  CarriedTraining training(plan);
  for (int step = 0; step < 7; ++step)
    EXPECT_EQ(training.step(step).contains("seen"), step % 3 == 0) << step;
}

TEST(LoggedLosses, AreNoneThatATurnNames) {
  // what a factor of 0 leaves out is not computed after all
  const std::string text = numbers_text("l: w + off * lost\n  lost: w ^ 2\n  far: w + lost",
                                        "steps: 4, order: [c, a, b]");
  const Plan plan = plan_of(edited(
      text, {{"optimizers:", "optimizers:\n  c: {minimize: l, update: w, sgd: {lr: 0.5}}"}}));
  EXPECT_EQ(plan.training.losses, (std::vector<std::string>{"la", "lb", "l", "far"}));
}

TEST(LoggedLosses, AreNoneThatAnotherStageComputes) {
  const std::string text =
      numbers_text("seen: w ^ 2", "stages: [{steps: 2, order: [a]}, {steps: 2, order: [b]}]");
  const Experiment experiment =
      read_experiment_text(text, "t.yaml", ".", {.set = {}, .quick = false}, drawn_facts);
  const std::vector<Plan> plans = build_plans(experiment, all_ops());
  EXPECT_EQ(plans.at(0).training.losses, (std::vector<std::string>{"la", "seen"}));
  EXPECT_EQ(plans.at(1).training.losses, (std::vector<std::string>{"lb", "seen"}));
}

TEST(LoggedLosses, AreSmoothedWhereTheySaySo) {
  const Plan plan = plan_of(numbers_text("seen: smooth(w, 0.5)", "steps: 9, order: [a]"));
  CarriedTraining training(plan);
  EXPECT_NEAR(training.step(0).at("seen"), 8, kTolerance);
  EXPECT_NEAR(training.step(1).at("seen"), 8, kTolerance);
  EXPECT_NEAR(training.step(2).at("seen"), (0.25 * 8 + 0.5 * 7.5) / 0.75, kTolerance * 8);
}

/// Two turns over one network, and a second network that only d updates.
std::string networks_text(const std::string& losses) {
  return fmt::format(R"(agon: 1
name: t
data: {{source: rings}}
networks:
  net:
    input: {{x: [2]}}
    average: 0.9
    layers:
      - {{dense: {{units: 3, spectral_norm: true}}}}
      - {{batch_norm: {{momentum: 0.5}}}}
      - dropout: 0.5
      - dense: 1
  other: {{input: {{x: [2]}}, layers: [{{dense: {{units: 1, spectral_norm: true}}}}]}}
variables:
  k: {{init: 0, next: d + k}}
step:
  x: data.point
  held: image_pool(data.point, 8)
losses:
  d: mean(net(x) ^ 2) + smooth(mean(net(x)), 0.5) + mean(other(held) ^ 2) + 0 * k
  g: mean(net(2 * x + uniform([batch, 2])))
  {}
optimizers:
  d: {{minimize: d + k, update: [net, other], sgd: {{lr: 0.1}}}}
  g: {{minimize: g, update: net, adam: {{lr: 0.1}}}}
train: {{steps: 4, batch: 4, order: [d * 2, g]}}
)",
                     losses);
}

class LoggedLoss : public testing::TestWithParam<const char*> {};

TEST_P(LoggedLoss, LeavesTheTrainingAsItIs) {
  const Plan plain = plan_of(networks_text(""));
  const Plan logging = plan_of(networks_text(fmt::format("seen: {}", GetParam())));
  CarriedTraining without(plain), with(logging);
  for (int step = 0; step < 3; ++step) {
    without.step(step, points());
    EXPECT_TRUE(with.step(step, points()).contains("seen")) << step;
  }
  ASSERT_GT(without.variables().size(), 20u);
  EXPECT_EQ(with.variables().size(), without.variables().size());
  for (const auto& [name, array] : without.variables())
    EXPECT_EQ(with[name].values, array.values) << name;
}

INSTANTIATE_TEST_SUITE_P(All, LoggedLoss,
                         testing::Values("mean(net(x))", "mean(net(3 * x))",
                                         "mean(other(3 * x) < 0)", "k", "mean(net.infer(x))",
                                         "mean(net.average(x))", "smooth(mean(net(x)), 0.5)",
                                         "smooth(mean(net(x)), 0.5) + mean(net(4 * x))",
                                         "mean(image_pool(data.point, 8))", "mean(held)", "d - g",
                                         "abs(d) + k", "mean(grad(other(x), x))",
                                         "mean(net(x + uniform([batch, 2])))"));

TEST(LoggedLosses, ShareTheCallsOfTheFirstTurn) {
  // d is the first turn of the last draw: its masks and vectors serve
  const auto products = [](const std::string& losses) {
    const Plan plan = plan_of(networks_text(losses));
    return whole_count(*plan.training.programs.at(1).graph, "matmul");
  };
  const int without = products("");
  EXPECT_EQ(products("seen: mean(net(x) < 0) + mean(other(held))"), without);
  EXPECT_GT(products("seen: mean(net(3 * x) < 0)"), without);
}

struct RefusedCase {
  std::string label;
  std::string loss;
  std::string said;
};

class RefusedLoss : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedLoss, IsSaid) {
  expect_finding(networks_text("seen: " + GetParam().loss), GetParam().said);
}

INSTANTIATE_TEST_SUITE_P(
    One, RefusedLoss,
    testing::Values(RefusedCase{"no_number", "net(x)",
                                "losses.seen: a loss is one number, got [4, 1]"},
                    RefusedCase{"more_than_a_batch", "mean(slice(x, 0, 50, over=batch))",
                                "losses.seen: slice: expects 0 <= from < to <= 4"},
                    RefusedCase{"unknown", "mean(y)", "losses.seen: unknown name 'y'"}),
    [](const auto& c) { return c.param.label; });

}  // namespace
}  // namespace agon
