#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/graphs/findings.h"
#include "tests/graphs/turns_bench.h"

/// Terms of some steps, and terms that a factor of 0 leaves out (LANGUAGE.md rule 11).
namespace agon {
namespace {

constexpr double kTolerance = 64 * 0x1p-24;

/// One trained number w that begins as 1 and loses half its gradient in a step.
std::string text_with(const std::string& losses, const std::string& minimize = "l",
                      const std::string& more = "") {
  return fmt::format(R"(agon: 1
name: t
params: {{off: 0, on: 1, n: 2}}
variables:
  w: {{init: 1}}
{}
step:
  z: mean(normal([batch, 2]))
losses:
  {}
optimizers:
  o: {{minimize: {}, update: w, sgd: {{lr: 0.5}}}}
train: {{steps: 12, batch: 2}}
)",
                     more, losses, minimize);
}

TEST(Every, IsComputedWhereItsPeriodDividesTheStep) {
  const Plan plan = plan_of(text_with("l: 0.5 * w + every(3, w) + every(n, 0.25 * w)"));
  ASSERT_EQ(plan.training.programs.size(), 4u);
  EXPECT_EQ(plan.reading,
            "one step = 1 draw of 2 images, 1 update: o; every 2, 3: 4 kinds of steps");
  CarriedTraining training(plan);
  double w = 1;
  for (int step = 0; step < 7; ++step) {
    const double loss = training.step(step).at("l");
    const double slope = 0.5 + (step % 3 == 0 ? 1 : 0) + (step % 2 == 0 ? 0.25 : 0);
    EXPECT_NEAR(loss, slope * w, kTolerance) << step;
    w -= 0.5 * slope;
    EXPECT_NEAR(training.at("variables.w"), w, kTolerance) << step;
  }
}

TEST(Every, CostsNothingElsewhere) {
  const Plan plan = plan_of(text_with(
      "l: \"w * mean(uniform([batch])) + every(4, sum(exp(w * uniform([batch, 3])))) + w * "
      "mean(uniform([batch]))\""));
  ASSERT_EQ(plan.training.variants.size(), 1u);
  EXPECT_TRUE(plan.training.variants[0].due.empty());
  const Graph& with = *plan.training.programs[0].graph;
  const DrawGraph& without =
      plan.training.programs[static_cast<std::size_t>(plan.training.variants[0].draws[0])];
  EXPECT_EQ(forward_count(with, "exp"), 1);
  EXPECT_EQ(forward_count(*without.graph, "exp"), 0);
  EXPECT_EQ(without.title(), "draw with turns o without every 4");
  // what is left out keeps its numbers, and what follows keeps its own
  EXPECT_EQ(streams_of(with), (std::vector<std::string>{"losses.l/uniform1", "losses.l/uniform2",
                                                        "losses.l/uniform3"}));
  EXPECT_EQ(streams_of(*without.graph),
            (std::vector<std::string>{"losses.l/uniform1", "losses.l/uniform3"}));
}

TEST(Every, LeavesLossesAndVariablesAsTheyWere) {
  const Plan plan = plan_of(text_with("l: w + extra\n  extra: every(2, w ^ 2)\n  inner: w", "l",
                                      "  last: {init: -1, next: extra}"));
  CarriedTraining training(plan);
  EXPECT_TRUE(training.step(0).contains("extra"));
  EXPECT_NEAR(training.at("variables.last"), 1, kTolerance);
  EXPECT_FALSE(training.step(1).contains("extra"));
  EXPECT_NEAR(training.at("variables.last"), 1, kTolerance);
}

TEST(Every, ATurnOfNothingElseIsLeftOut) {
  const Plan plan = plan_of(text_with("l: w ^ 2", "\"every(2, l)\""));
  CarriedTraining training(plan);
  for (int step = 0; step < 4; ++step) training.step(step);
  EXPECT_EQ(training.at("optimizers.o.t"), 2);
}

TEST(Every, SharesProgramsOfDrawsThatDoNotReadIt) {
  const Plan plan = plan_of(R"(agon: 1
name: t
variables:
  w: {init: 1}
  v: {init: 1}
losses:
  lw: w + every(4, w ^ 2)
  lv: v
optimizers:
  a: {minimize: lw, update: w, sgd: {lr: 0.5}}
  b: {minimize: lv, update: v, sgd: {lr: 0.5}}
train: {steps: 12, order: [a, b * 2]}
)");
  EXPECT_EQ(plan.training.programs.size(), 3u);
  EXPECT_EQ(plan.training.draws, (std::vector<int>{0, 1}));
  EXPECT_EQ(plan.training.draws_at(3), (std::vector<int>{2, 1}));
  EXPECT_EQ(plan.training.draws_at(4), (std::vector<int>{0, 1}));
  EXPECT_NEAR(plan.training.runs_a_step(0), 0.25, 1e-9);
  EXPECT_NEAR(plan.training.runs_a_step(1), 1, 1e-9);
}

TEST(Every, PeriodsBeyondTheRunMakeNoKindsOfSteps) {
  const Plan plan = plan_of(text_with("l: w + every(100, w ^ 2) + every(1, w)"));
  EXPECT_EQ(plan.training.programs.size(), 2u);
}

struct DroppedCase {
  std::string label;
  std::string loss;
  int exps;  // computed
  double slope;
};

class Dropped : public testing::TestWithParam<DroppedCase> {};

TEST_P(Dropped, SummandsWithAFactorOfZero) {
  const DroppedCase& c = GetParam();
  const Plan plan = plan_of(text_with("l: " + c.loss));
  EXPECT_EQ(forward_count(*plan.training.programs[0].graph, "exp"), c.exps);
  CarriedTraining training(plan);
  training.step(0);
  EXPECT_NEAR(training.at("variables.w"), 1 - 0.5 * c.slope, kTolerance);
}

INSTANTIATE_TEST_SUITE_P(One, Dropped,
                         testing::Values(DroppedCase{"literal", "w + 0 * exp(z)", 0, 1},
                                         DroppedCase{"param", "w - off * exp(z)", 0, 1},
                                         DroppedCase{"behind", "exp(z) * off + w", 0, 1},
                                         DroppedCase{"inside_a_product",
                                                     "2 * (w + (on - 1) * exp(z))", 0, 2},
                                         DroppedCase{"kept", "w + on * exp(z)", 1, 1}),
                         [](const auto& c) { return c.param.label; });

struct RefusedCase {
  std::string label;
  std::string losses;
  std::string said;
};

class RefusedEvery : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedEvery, IsSaid) {
  expect_finding(text_with(GetParam().losses), GetParam().said);
}

INSTANTIATE_TEST_SUITE_P(
    One, RefusedEvery,
    testing::Values(
        RefusedCase{"many_kinds",
                    "l: w + every(2, w) + every(3, w) + every(5, w) + every(7, w) + every(11, w)",
                    "more than 8 kinds of steps, each compiled for itself, by every(2, w), "
                    "every(3, w), every(5, w), every(7, w), every(11, w)"},
        RefusedCase{"period_of_a_value", "l: w + every(z, w)",
                    "every expects a whole number of steps known beforehand, at least 1, got 'z'"},
        RefusedCase{"period_of_zero", "l: w + every(off, w)", "at least 1, got 'off'"},
        RefusedCase{"nothing_left", "l: off * w", "does not depend on what it should update"},
        RefusedCase{"unused", "l: w + off * lost\n  lost: w ^ 2", "losses.lost: never used"}),
    [](const auto& c) { return c.param.label; });

}  // namespace
}  // namespace agon
