#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/error.h"
#include "engine/runtime/executor.h"
#include "tests/graphs/turns_bench.h"

/// Running statistics and kept averages (LANGUAGE.md rule 7), judged by numbers worked out by hand.
namespace agon {
namespace {

constexpr int kBatch = 4;
const std::vector<double> kPoints = {0.5, -1, 1.5, 0.25, -0.75, 2, 0.25, 1.75};

Arrays points() {
  return {{"data.point", numbers({kBatch, 2}, kPoints)}};
}

double mean_point(int axis) {
  double sum = 0;
  for (std::size_t at = static_cast<std::size_t>(axis); at < kPoints.size(); at += 2)
    sum += kPoints[at];
  return sum / kBatch;
}

/// Biased.
double variance_point(int axis) {
  double sum = 0;
  for (std::size_t at = static_cast<std::size_t>(axis); at < kPoints.size(); at += 2)
    sum += std::pow(kPoints[at] - mean_point(axis), 2);
  return sum / kBatch;
}

constexpr double kTolerance = 50 * 0x1p-24;

struct StatisticsCase {
  std::string label;
  std::string step;  // beside x: data.point
  std::string n;     // minimized by n and m, which update `net`
  std::string m;
  std::string o;  // minimized by o, which updates `other`
  std::string order;
  /// net(k * x) moves the running mean towards k times the mean of x, by one half: each k in turn
  std::vector<double> moved;
};

std::string statistics_text(const StatisticsCase& c) {
  return fmt::format(R"(agon: 1
name: t
data: {{source: rings}}
networks:
  net:
    input: {{x: [2]}}
    layers: [{{batch_norm: {{momentum: 0.5, affine: false}}}}, {{dense: 1}}]
  other: {{input: {{x: [2]}}, layers: [{{dense: 1}}]}}
step:
  x: data.point
{}
losses:
  n: {}
  m: {}
  o: {}
optimizers:
  n: {{minimize: n, update: net, sgd: {{lr: 0.1}}}}
  m: {{minimize: m, update: net, sgd: {{lr: 0.1}}}}
  o: {{minimize: o, update: other, sgd: {{lr: 0.1}}}}
train: {{steps: 4, batch: 4, order: {}}}
)",
                     c.step, c.n, c.m, c.o, c.order);
}

class Statistics : public testing::TestWithParam<StatisticsCase> {};

TEST_P(Statistics, MoveOncePerCallInTurnsThatUpdateTheNetwork) {
  const StatisticsCase& c = GetParam();
  const Plan plan = plan_of(statistics_text(c));
  CarriedTraining training(plan);
  training.step(0, points());
  for (int axis = 0; axis < 2; ++axis) {
    double mean = 0;
    double variance = 1;
    for (const double k : c.moved) {
      mean = 0.5 * mean + 0.5 * k * mean_point(axis);
      // unbiased, as PyTorch keeps it
      variance = 0.5 * variance + 0.5 * k * k * variance_point(axis) * kBatch / (kBatch - 1);
    }
    EXPECT_NEAR(training.at("net.batch_norm1.running_mean", axis), mean, kTolerance * 8);
    EXPECT_NEAR(training.at("net.batch_norm1.running_var", axis), variance, kTolerance * 64);
  }
}

const char* const kAny = "mean(net(x) ^ 2)";
const char* const kOther = "mean(other(x) ^ 2)";

INSTANTIATE_TEST_SUITE_P(
    One, Statistics,
    testing::Values(
        StatisticsCase{"one_call", "", kAny, kAny, kOther, "[n, o]", {1}},
        StatisticsCase{
            "written_twice", "", "mean(net(x)) + mean(net(x) ^ 2)", kAny, kOther, "[n, o]", {1}},
        StatisticsCase{"two_in_written_order",
                       "",
                       "mean(net(2 * x) ^ 2) - mean(net(3 * x))",
                       kAny,
                       kOther,
                       "[n, o]",
                       {2, 3}},
        StatisticsCase{"in_each_draw", "", kAny, kAny, kOther, "[n * 3, o]", {1, 1, 1}},
        StatisticsCase{"in_each_turn_that_updates",
                       "",
                       kAny,
                       "mean(net(2 * x) ^ 2)",
                       kOther,
                       "[m, n, o]",
                       {2, 1}},
        StatisticsCase{"equal_calls_of_two_turns", "", kAny, kAny, kOther, "[m, n, o]", {1, 1}},
        StatisticsCase{
            "not_in_other_turns", "", kAny, kAny, "mean(other(x) * net(3 * x))", "[o, n]", {1}},
        StatisticsCase{"not_where_it_infers",
                       "",
                       "mean(net(x) ^ 2) + mean(net.infer(3 * x)) + mean(net.current(5 * x))",
                       kAny,
                       kOther,
                       "[n, o]",
                       {1}},
        StatisticsCase{
            "of_step_values", "  y: net(5 * x)", "mean(y ^ 2)", kAny, kOther, "[n, o]", {5}},
        StatisticsCase{"of_step_values_for_the_first_turn_only",
                       "  y: net(5 * x)",
                       "mean(y ^ 2)",
                       "mean(y) + mean(net(3 * x) ^ 2)",
                       kOther,
                       "[n, m, o]",
                       {5, 3}},
        StatisticsCase{"of_step_values_only_if_the_turn_depends_on_them",
                       "  y: net(5 * x)",
                       "mean(y ^ 2)",
                       "mean(net(3 * x) ^ 2)",
                       kOther,
                       "[m, n, o]",
                       {3, 5}},
        StatisticsCase{"of_step_values_that_only_others_use",
                       "  y: net(5 * x)",
                       kAny,
                       kAny,
                       "mean(other(x) * y)",
                       "[o, n]",
                       {1}},
        StatisticsCase{"of_step_values_before_those_of_losses",
                       "  y: net(5 * x)",
                       "mean(net(2 * x) ^ 2) + mean(y)",
                       kAny,
                       kOther,
                       "[n, o]",
                       {5, 2}},
        StatisticsCase{"of_step_values_in_the_order_of_the_file",
                       "  y: net(5 * x)\n  w: net(7 * x)",
                       "mean(w ^ 2) + mean(y)",
                       kAny,
                       kOther,
                       "[n, o]",
                       {5, 7}},
        StatisticsCase{"of_a_step_value_and_an_equal_call",
                       "  y: net(5 * x)",
                       "mean(net(5 * x) ^ 2) + mean(y)",
                       kAny,
                       kOther,
                       "[n, o]",
                       {5}}),
    [](const auto& c) { return c.param.label; });

TEST(Statistics, OfAStepCallCountWhereOnlyALayerBeforeThemIsRead) {
  const Plan plan = plan_of(R"(agon: 1
name: t
data: {source: rings}
networks:
  net:
    input: {x: [2]}
    layers: [{dense: 2, as: h}, {batch_norm: {momentum: 0.5}}, {dense: 1}]
step:
  y: net(data.point)
losses:
  n: mean(y.h ^ 2)
optimizers:
  n: {minimize: n, update: net, sgd: {lr: 0.1}}
train: {steps: 4, batch: 4}
)");
  CarriedTraining training(plan);
  training.step(0, points());
  EXPECT_NE(training.at("net.batch_norm1.running_mean"), 0);
}

const char* const kFrozen = R"(agon: 1
name: t
data: {source: rings}
networks:
  judge:
    input: {x: [2]}
    frozen: true
    layers: [{batch_norm: {momentum: 0.5}}, {dense: 1}]
  made: {input: {x: [2]}, layers: [{dense: 2}]}
losses:
  l: mean(judge(made(data.point)))
optimizers:
  o: {minimize: l, update: made, sgd: {lr: 1}}
train: {steps: 4, batch: 4}
)";

TEST(Frozen, NetworksStayInferAndPassGradients) {
  const Plan plan = plan_of(kFrozen);
  CarriedTraining training(plan);
  const Arrays before = training.variables();
  training["judge.batch_norm1.running_var"].values = {0.25 - 1e-5, 4 - 1e-5};
  training.derive();
  training.step(0, points());
  for (const auto& update : plan.training.programs[0].graph->updates())
    EXPECT_FALSE(update.name.starts_with("judge")) << update.name;
  // d l / d made.bias[i] = judge.weight[i] / sqrt(running_var[i] + eps)
  for (int i = 0; i < 2; ++i) {
    const double slope = before.at("judge.dense1.weight")[i] / (i == 0 ? 0.5 : 2);
    EXPECT_NEAR(training.at("made.dense1.bias", i), -slope, kTolerance * 4);
  }
}

const char* const kAveraged = R"(agon: 1
name: t
data: {source: rings}
networks:
  net:
    input: {x: [2]}
    average: 0.26
    layers: [{batch_norm: {momentum: 0.5, affine: false}}, {dense: {units: 1, bias: false}}]
losses:
  n: mean(net(data.point + 1) ^ 2)
optimizers:
  n: {minimize: n, update: net, sgd: {lr: 0.5}}
train: {steps: 4, batch: 4}
)";

TEST(Averages, FollowWeightsAndStatisticsByTheirRule) {
  const Plan plan = plan_of(kAveraged);
  CarriedTraining training(plan);
  Arrays average;
  const std::vector<std::string> names = {"net.dense1.weight", "net.batch_norm1.running_mean",
                                          "net.batch_norm1.running_var"};
  for (const std::string& name : names) {
    average[name] = training[name];
    EXPECT_EQ(training["average/" + name].values, training[name].values) << name;
  }
  for (int t = 1; t <= 4; ++t) {
    training.step(t - 1, points());
    const double decay = std::min(0.26, (1.0 + t) / (10.0 + t));  // the limit is met at t = 3
    for (const std::string& name : names) {
      for (std::int64_t i = 0; i < average[name].size(); ++i) {
        average[name][i] = decay * average[name][i] + (1 - decay) * training.at(name, i);
        EXPECT_NEAR(training.at("average/" + name, i), average[name][i], kTolerance * 4)
            << name << " after " << t;
      }
    }
  }
  EXPECT_GT(std::abs(training.at("average/net.dense1.weight") - training.at("net.dense1.weight")),
            1e-4);
}

/// mean over examples of (sum_j w_j (x_j - mean_j) / sqrt(var_j + eps))^2.
double squares(const std::vector<double>& w, const std::vector<double>& mean,
               const std::vector<double>& variance) {
  double sum = 0;
  for (std::size_t i = 0; i < kBatch; ++i) {
    double y = 0;
    for (std::size_t j = 0; j < 2; ++j)
      y += w[j] * (kPoints[2 * i + j] - mean[j]) / std::sqrt(variance[j] + 1e-5);
    sum += y * y;
  }
  return sum / kBatch;
}

struct ModeCase {
  std::string call;
  std::string looking;   // what evaluate reads: t batch statistics, c running ones, a averages
  std::string training;  // what a loss reads
};

class Modes : public testing::TestWithParam<ModeCase> {};

TEST_P(Modes, ReadTheStatisticsAndWeightsTheySay) {
  const ModeCase& c = GetParam();
  const std::string text = fmt::format(R"(agon: 1
name: t
data: {{source: rings}}
networks:
  net:
    input: {{x: [2]}}
    average: 0.9
    layers: [{{batch_norm: {{affine: false}}}}, {{dense: {{units: 1, bias: false}}}}]
losses:
  n: mean({}(data.point) ^ 2)
  trained: mean(net(data.point) ^ 2)
optimizers:
  n: {{minimize: n + trained, update: net, sgd: {{lr: 0.5}}}}
train: {{steps: 4, batch: 4}}
evaluate: {{every: 1, count: 4, batch: 4, metrics: [losses]}}
)",
                                       c.call);
  const Plan plan = plan_of(text);
  CarriedTraining training(plan);
  const std::vector<double> w = {0.5, -1.25}, mean = {0.25, 0.75}, variance = {1.5, 0.5};
  const std::vector<double> aw = {2, 1}, amean = {-0.5, 0.125}, avariance = {0.75, 2};
  training["net.dense1.weight"].values = w;
  training["net.batch_norm1.running_mean"].values = mean;
  training["net.batch_norm1.running_var"].values = variance;
  training["average/net.dense1.weight"].values = aw;
  training["average/net.batch_norm1.running_mean"].values = amean;
  training["average/net.batch_norm1.running_var"].values = avariance;
  const std::map<std::string, double> expected = {
      {"t", squares(w, {mean_point(0), mean_point(1)}, {variance_point(0), variance_point(1)})},
      {"c", squares(w, mean, variance)},
      {"a", squares(aw, amean, avariance)}};
  Arrays inputs = points();
  inputs["step"] = numbers({}, {0}, DType::F64);
  const Arrays looked = run_reference(*plan.evaluations.at(0).graph, inputs, training.variables());
  EXPECT_NEAR(looked.at("n")[0], expected.at(c.looking), 1e-5);
  EXPECT_NEAR(training.step(0, points()).at("n"), expected.at(c.training), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(One, Modes,
                         testing::Values(ModeCase{"net", "a", "t"}, ModeCase{"net.train", "t", "t"},
                                         ModeCase{"net.infer", "a", "c"},
                                         ModeCase{"net.current", "c", "c"},
                                         ModeCase{"net.average", "a", "a"}));

TEST(Averages, UnderStepAreThoseOfTheDrawsStart) {
  const std::string text = R"(agon: 1
name: t
data: {source: rings}
networks:
  net: {input: {x: [2]}, average: 0.9, layers: [{dense: 1}]}
  other: {input: {x: [2]}, layers: [{dense: 1}]}
step:
  y: net.average(data.point)
losses:
  n: mean(net(data.point))
  o: mean(other(data.point)) + mean(y)
optimizers:
  n: {minimize: n, update: net, sgd: {lr: 1}}
  o: {minimize: o, update: other, sgd: {lr: 1}}
train: {steps: 4, batch: 4}
)";
  double seen[2];
  for (const int after : {0, 1}) {
    const Plan plan = plan_of(text, {after ? "train.order=[n, o]" : "train.order=[o, n]"});
    CarriedTraining training(plan);
    seen[after] = training.step(0, points()).at("o");
  }
  EXPECT_EQ(seen[0], seen[1]);
}

TEST(Averages, ExistForNetworksThatNoTurnMoves) {
  const std::string text = R"(agon: 1
name: t
networks:
  net: {input: {x: [2]}, layers: [{dense: 2}]}
  still: {input: {x: [2]}, average: 0.9, frozen: true, layers: [{dense: 2}]}
step:
  p: still(net(normal([batch, 2])))
losses:
  n: mean(p)
optimizers:
  n: {minimize: n, update: net, sgd: {lr: 1}}
train: {steps: 4, batch: 4}
sample: {every: 1, image: p, grid: 2x2}
)";
  const Plan plan = plan_of(text);
  CarriedTraining training(plan);
  EXPECT_EQ(
      run_reference(*plan.samples.at(0).graph, {}, training.variables()).at("image0").type.shape,
      (Shape{4, 2}));
}

TEST(Averages, AskedForWhereNoneIsKeptAreRefused) {
  try {
    plan_of(kAveraged, {"networks.net.average=~", "losses.n=mean(net.average(data.point))"});
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_NE(std::string(e.what()).find("'net' keeps no average; give it average: 0.999"),
              std::string::npos)
        << e.what();
  }
}

}  // namespace
}  // namespace agon
