#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/runtime/executor.h"
#include "tests/graphs/findings.h"
#include "tests/graphs/turns_bench.h"

/// Variables that move by their `next`, and those that are trained (LANGUAGE.md rule 10).
namespace agon {
namespace {

constexpr double kTolerance = 32 * 0x1p-24;

/// One trained number w beside what `variables` says; the points' mean is 0.25 in both losses.
std::string text_with(const std::string& variables, const std::string& more = "",
                      const std::string& order = "[a, b]") {
  return fmt::format(R"(agon: 1
name: t
params: {{rate: 0.5}}
data: {{source: rings}}
variables:
  w: {{init: 1}}
{}
step:
  m: mean(data.point)
losses:
  la: w * m
  lb: w * m + 1
  lost: w + 3
optimizers:
  a: {{minimize: la, update: w, sgd: {{lr: 0.5}}}}
  b: {{minimize: lb, update: w, sgd: {{lr: 0.25}}}}
train: {{steps: 8, batch: 2, order: {}}}
{})",
                     variables, order, more);
}

Arrays points() {
  return {{"data.point", numbers({2, 2}, {1.5, 0.25, -0.5, -0.25})}};
}

TEST(Variables, AreTrainedWhereTheyHaveNoNext) {
  const Plan plan = plan_of(text_with(""));
  CarriedTraining training(plan);
  training.step(0, points());
  EXPECT_NEAR(training.at("variables.w"), 1 - 0.5 * 0.25 - 0.25 * 0.25, kTolerance);
}

struct NextCase {
  std::string label;
  std::string variable;  // of name k
  std::string order;
  std::vector<double> values;  // after each step
};

class Next : public testing::TestWithParam<NextCase> {};

// w is 1, 0.8125, 0.625, ... when steps begin; la is w m before a's turn, lb follows it
TEST_P(Next, IsTakenWhenADrawEnds) {
  const NextCase& c = GetParam();
  const Plan plan =
      plan_of(text_with("  k: " + c.variable + "\n  j: {init: 3, next: k}", "", c.order));
  CarriedTraining training(plan);
  double before = training.at("variables.k");
  for (std::size_t step = 0; step < c.values.size(); ++step) {
    training.step(static_cast<std::int64_t>(step), points());
    EXPECT_NEAR(training.at("variables.k"), c.values[step], kTolerance) << step;
    if (c.order == "[a, b]") {
      EXPECT_EQ(training.at("variables.j"), before) << "all read the old values";
    }
    before = training.at("variables.k");
  }
}

INSTANTIATE_TEST_SUITE_P(
    One, Next,
    testing::Values(
        NextCase{"counts", "{init: 2, next: k + 1}", "[a, b]", {3, 4, 5}},
        NextCase{"counts_draws", "{init: 2, next: k + 1}", "[a * 3, b]", {5, 8}},
        NextCase{"of_a_param", "{init: rate / 2, next: rate * k}", "[a, b]", {0.125, 0.0625}},
        NextCase{"of_a_step_value", "{init: 0, next: k + m}", "[a, b]", {0.25, 0.5}},
        NextCase{"of_a_loss", "{init: 0, next: la}", "[a, b]", {0.25, 0.203125}},
        // the first of the two draws has no turn of b
        NextCase{
            "of_a_loss_of_some_draws", "{init: 7, next: \"k + 0 * lb + 1\"}", "[a * 2, b]", {8, 9}},
        NextCase{"of_a_loss_for_the_log", "{init: 0, next: lost}", "[a, b]", {4, 3.8125}},
        NextCase{"of_a_variable_as_trained", "{init: 0, next: w}", "[a, b]", {0.8125, 0.625}},
        NextCase{"limited", "{init: 0, next: k + 1, keep: [0, rate]}", "[a, b]", {0.5, 0.5}}),
    [](const auto& c) { return c.param.label; });

TEST(Next, GivesTheShape) {
  const Plan plan = plan_of(text_with("  k: {init: 1, shape: [batch, 3], next: \"k * m + 1\"}",
                                      "sample: {image: \"slice(k, 0, 2, over=1)\", grid: 1x2}\n"));
  CarriedTraining training(plan);
  training.step(0, points());
  EXPECT_EQ(training["variables.k"].type.shape, (Shape{2, 3}));
  EXPECT_NEAR(training.at("variables.k", 5), 1.25, kTolerance);
  const Arrays pictures = run_reference(*plan.samples.at(0).graph, {}, training.variables());
  EXPECT_NEAR(pictures.at("image0")[1], 1.25, kTolerance);
}

struct InitCase {
  std::string label;
  std::string variable;
  Shape shape;
  double first;
};

class Init : public testing::TestWithParam<InitCase> {};

TEST_P(Init, GivesTypeAndFirstValue) {
  const InitCase& c = GetParam();
  const Plan plan = plan_of(text_with("  k: " + c.variable));
  CarriedTraining training(plan, points());
  EXPECT_EQ(training["variables.k"].type.shape, c.shape);
  EXPECT_NEAR(training.at("variables.k"), c.first, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(
    One, Init,
    testing::Values(InitCase{"number", "{init: 2 * rate, next: k}", Shape{}, 1},
                    InitCase{"filled", "{init: 2, shape: [3, 2], next: k}", Shape{3, 2}, 2},
                    InitCase{"word", "{init: ones, shape: [3], next: k}", Shape{3}, 1},
                    InitCase{"data", "{init: data.point, next: k}", Shape{2, 2}, 1.5},
                    InitCase{"of_data", "{init: mean(data.point) + 1, next: k}", Shape{}, 1.25}),
    [](const auto& c) { return c.param.label; });

TEST(Init, DrawsNumbersOfItsOwn) {
  const Plan plan =
      plan_of(text_with("  k: {init: \"normal([batch, 1, 3, 3])\", next: k}\n"
                        "  j: {init: \"normal([batch, 1, 3, 3])\", next: j}\n"
                        "  g: {init: glorot_uniform, shape: [5, 3], next: g}"));
  EXPECT_EQ(streams_of(*plan.training.initial),
            (std::vector<std::string>{"init/variables.g", "variables.j.init/normal1",
                                      "variables.k.init/normal1"}));
  CarriedTraining training(plan);
  EXPECT_NE(training.at("variables.k"), training.at("variables.j"));
  // pictures lie channels last, and channels first in files
  EXPECT_EQ(training["variables.k"].type.shape, (Shape{2, 3, 3, 1}));
  const auto k = std::ranges::find(plan.training.variables, "variables.k", &VariableDecl::name);
  ASSERT_NE(k, plan.training.variables.end());
  EXPECT_EQ(k->file.shape, (Shape{2, 1, 3, 3}));
}

TEST(TrainedVariables, AreLimitedAndReadWhereTheyStand) {
  const Plan plan = plan_of(R"(agon: 1
name: t
data: {source: rings}
variables:
  canvas: {init: data.point, keep: [-1, 1]}
step:
  before: mean(canvas)
losses:
  l: mean(canvas) + before
optimizers:
  o: {minimize: l, update: canvas, sgd: {lr: 2}}
train: {steps: 8, batch: 2}
sample: {image: canvas, grid: 1x2}
)");
  CarriedTraining training(plan, points());
  training.step(0);
  // each of 4 numbers counts a quarter in both summands: 2 * 2 / 4 less, within the limits
  EXPECT_NEAR(training.at("variables.canvas", 0), 0.5, kTolerance);
  EXPECT_NEAR(training.at("variables.canvas", 1), -0.75, kTolerance);
  EXPECT_NEAR(training.at("variables.canvas", 2), -1, kTolerance);
}

/// text_with(variables), its first optimizer updating `target`.
std::string updating(const std::string& target, const std::string& variables) {
  std::string text = text_with(variables);
  return text.replace(text.find("update: w") + 8, 1, target);
}

struct RefusedCase {
  std::string label;
  std::string text;
  std::string said;
};

class RefusedVariables : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedVariables, AreSaid) {
  expect_finding(GetParam().text, GetParam().said);
}

INSTANTIATE_TEST_SUITE_P(
    One, RefusedVariables,
    testing::Values(
        RefusedCase{"never_updated", text_with("  k: {init: 0}"),
                    "no optimizer updates 'k'; name it under update: or give it next:"},
        RefusedCase{"moved_and_updated", updating("k", "  k: {init: 0, next: k}"),
                    "'k' moves by its next; no optimizer updates it"},
        RefusedCase{"misspelt_target", updating("canvas", "  cnavas: {init: 0}"),
                    "no network or variable 'canvas'; did you mean 'cnavas'?"},
        RefusedCase{"later_name", text_with("  k: {init: m, next: k}"),
                    "init stands before the first step: it reads numbers, draws and data, not 'm'"},
        RefusedCase{"other_shape", text_with("  k: {init: 0, shape: [2, 3], next: data.point}"),
                    "'k' has shape [2, 3], next gives [2, 2]"},
        RefusedCase{"init_of_another_shape",
                    text_with("  k: {init: data.point, shape: [2, 3], next: k}"),
                    "init gives [2, 2], the shape is [2, 3]"},
        RefusedCase{
            "loss_of_no_draw",
            edited(text_with("  k: {init: 0, next: lost}"), {{"w * m", "w * m + 0 * lost"}}),
            "no draw computes lost, so 'k' never moves"},
        RefusedCase{"unused", text_with("  k: {init: 0, next: k + 1}"), "variables.k: never used"},
        RefusedCase{"labels", text_with("  k: {init: data.label, next: data.point}"),
                    "'k' holds labels, next gives real values"},
        RefusedCase{
            "other_number_of_examples",
            text_with("  k: {init: data.point, next: k}",
                      "sample: {image: [data.point, k], grid: 2x4}\n"),
            "expected a result for each example, [batch, ...], got [2, 2]; batch is 4 here"},
        RefusedCase{"limits_the_wrong_way", text_with("  k: {init: 0, next: k, keep: [1, -rate]}"),
                    "variables.k.keep[0]: keep expects [low, high] with low below high, got [1, "
                    "-0.5]"},
        RefusedCase{"misspelt", text_with("  canvas: {init: 0, next: canvs}"),
                    "unknown name 'canvs'; did you mean 'canvas'?"}),
    [](const auto& c) { return c.param.label; });

}  // namespace
}  // namespace agon
