#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "tests/graphs/turns_bench.h"

/// Which weights a call reads and which calls a gradient counts (LANGUAGE.md rule 5), judged by
/// central differences of the losses written out by hand in float64.
namespace agon {
namespace {

constexpr int kBatch = 5;
constexpr double kRate = 0.5;

const std::vector<double> kPoints = {0.3, -0.8, 1.1, 0.4, -0.6, 0.9, 0.2, 0.7, -1.2, -0.1};

Arrays points() {
  return {{"data.point", numbers({kBatch, 2}, kPoints)}};
}

using Weights = std::vector<double>;
using Loss = std::function<double(const Weights&)>;

/// Central differences; the losses here are smooth and of order 1, so that h^2 and 1e-16 / h are
/// both below 1e-9.
Weights slope(const Loss& loss, Weights at) {
  const double h = 1e-5;
  Weights result;
  for (double& w : at) {
    const double before = w;
    w = before + h;
    const double above = loss(at);
    w = before - h;
    const double below = loss(at);
    w = before;
    result.push_back((above - below) / (2 * h));
  }
  return result;
}

Weights stepped(const Weights& at, const Weights& gradient) {
  Weights result;
  for (std::size_t i = 0; i < at.size(); ++i) result.push_back(at[i] - kRate * gradient[i]);
  return result;
}

/// float32 through fewer than a hundred operations on numbers of order 1.
constexpr double kTolerance = 100 * 0x1p-24;

void expect_weights(const NdArray& got, const Weights& expected, const char* what) {
  ASSERT_EQ(got.size(), static_cast<std::int64_t>(expected.size())) << what;
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(got.values[i], expected[i], kTolerance) << what << "[" << i << "]";
}

double at(int example, int axis) {
  return numbers({kBatch, 2}, kPoints)[example * 2 + axis];
}

/// net(x) = tanh(w . x), one number an example.
double net(const Weights& w, int example) {
  return std::tanh(w[0] * at(example, 0) + w[1] * at(example, 1));
}

double mean_of(const std::function<double(int)>& value) {
  double sum = 0;
  for (int i = 0; i < kBatch; ++i) sum += value(i);
  return sum / kBatch;
}

const char* const kOneNetwork = R"(agon: 1
name: t
data: {source: rings}
networks:
  net: {input: {x: [2]}, layers: [{dense: {units: 1, bias: false}}, tanh]}
step:
  before: net(data.point)
losses:
  a: mean((net(data.point) - 0.5) ^ 2)
  b: mean((before + 0.3) * net(data.point) ^ 2)
optimizers:
  a: {minimize: a, update: net, sgd: {lr: 0.5}}
  b: {minimize: b, update: net, sgd: {lr: 0.5}}
train: {steps: 4, batch: 5}
)";

double loss_a(const Weights& w) {
  return mean_of([&](int i) { return std::pow(net(w, i) - 0.5, 2); });
}

double loss_b(const Weights& old, const Weights& now) {
  return mean_of([&](int i) { return (net(old, i) + 0.3) * std::pow(net(now, i), 2); });
}

const Weights kStart = {0.7, -0.4};

TEST(Gradients, CountCallsUnderStepWithOldWeightsAndCallsOfTheTurnWithNew) {
  const Plan plan = plan_of(kOneNetwork);
  CarriedTraining training(plan);
  training["net.dense1.weight"].values = kStart;
  training["net.dense1.weight"].round_to_type();
  const Weights w0 = training["net.dense1.weight"].values;
  const auto losses = training.step(0, points());

  const Weights w1 = stepped(w0, slope(loss_a, w0));
  const Weights through_old = slope([&](const Weights& w) { return loss_b(w, w1); }, w0);
  const Weights through_new = slope([&](const Weights& w) { return loss_b(w0, w); }, w1);
  const Weights w2 = stepped(stepped(w1, through_old), through_new);

  EXPECT_NEAR(losses.at("a"), loss_a(w0), kTolerance);
  EXPECT_NEAR(losses.at("b"), loss_b(w0, w1), kTolerance);
  expect_weights(training["net.dense1.weight"], w2, "net");
  // both parts and both weights matter in what is compared
  for (const Weights& part : {through_old, through_new})
    EXPECT_GT(std::abs(part[0]) + std::abs(part[1]), 1e-2);
  EXPECT_GT(std::abs(loss_b(w0, w1) - loss_b(w0, w0)), 1e-2);
}

TEST(Gradients, OfALaterTurnDoNotPassThroughEarlierUpdates) {
  // without the stop, d w1 / d w0 would enter the gradient through the update of turn a
  const Plan plan = plan_of(kOneNetwork, {"train.order=[b, a]"});
  CarriedTraining training(plan);
  training["net.dense1.weight"].values = kStart;
  training["net.dense1.weight"].round_to_type();
  const Weights w0 = training["net.dense1.weight"].values;
  training.step(0, points());
  // in turn b nothing moved yet: the call under step: and that of the loss are one
  const Weights w1 = stepped(w0, slope([&](const Weights& w) { return loss_b(w, w); }, w0));
  const Weights w2 = stepped(w1, slope(loss_a, w1));
  expect_weights(training["net.dense1.weight"], w2, "net");
}

const char* const kTwoNetworks = R"(agon: 1
name: t
data: {source: rings}
networks:
  made: {input: {x: [2]}, layers: [{dense: {units: 2, bias: false}}, tanh]}
  judge: {input: {x: [2]}, layers: [{dense: {units: 1, bias: false}}]}
step:
  fake: made(data.point)
losses:
  d: bce_with_logits(judge(data.point), 1) + bce_with_logits(judge(fake), 0)
  g: bce_with_logits(judge(fake), 1)
optimizers:
  d: {minimize: d, update: judge, sgd: {lr: 0.5}}
  g: {minimize: g, update: made, sgd: {lr: 0.5}}
train: {steps: 4, batch: 5}
)";

double softplus(double x) {
  return std::log1p(std::exp(x));
}

/// w [2, 2] as PyTorch keeps it: row per output.
double judged_fake(const Weights& made, const Weights& judge, int i) {
  double logit = 0;
  for (std::size_t out = 0; out < 2; ++out)
    logit += judge[out] * std::tanh(made[2 * out] * at(i, 0) + made[2 * out + 1] * at(i, 1));
  return logit;
}

double loss_d(const Weights& made, const Weights& judge) {
  return mean_of([&](int i) { return softplus(-(judge[0] * at(i, 0) + judge[1] * at(i, 1))); }) +
         mean_of([&](int i) { return softplus(judged_fake(made, judge, i)); });
}

double loss_g(const Weights& made, const Weights& judge) {
  return mean_of([&](int i) { return softplus(-judged_fake(made, judge, i)); });
}

TEST(Gradients, OfALaterTurnSeeTheNetworkAsItIsThen) {
  const Plan plan = plan_of(kTwoNetworks);
  CarriedTraining training(plan);
  const Weights made0 = training["made.dense1.weight"].values;
  const Weights judge0 = training["judge.dense1.weight"].values;
  const auto losses = training.step(0, points());

  const Weights judge1 =
      stepped(judge0, slope([&](const Weights& w) { return loss_d(made0, w); }, judge0));
  const Weights made1 =
      stepped(made0, slope([&](const Weights& w) { return loss_g(w, judge1); }, made0));
  EXPECT_NEAR(losses.at("d"), loss_d(made0, judge0), kTolerance);
  EXPECT_NEAR(losses.at("g"), loss_g(made0, judge1), kTolerance);
  expect_weights(training["judge.dense1.weight"], judge1, "judge");
  expect_weights(training["made.dense1.weight"], made1, "made");
  EXPECT_GT(std::abs(loss_g(made0, judge1) - loss_g(made0, judge0)), 1e-2);
}

TEST(Gradients, OfTheOtherOrderSeeTheJudgeAsItWasAndTheFakeOfTheDraw) {
  const Plan plan = plan_of(kTwoNetworks, {"train.order=[g, d]"});
  CarriedTraining training(plan);
  const Weights made0 = training["made.dense1.weight"].values;
  const Weights judge0 = training["judge.dense1.weight"].values;
  training.step(0, points());
  const Weights made1 =
      stepped(made0, slope([&](const Weights& w) { return loss_g(w, judge0); }, made0));
  // fake stands under step: made with made0, though turn g has moved the network
  const Weights judge1 =
      stepped(judge0, slope([&](const Weights& w) { return loss_d(made0, w); }, judge0));
  expect_weights(training["made.dense1.weight"], made1, "made");
  expect_weights(training["judge.dense1.weight"], judge1, "judge");
}

TEST(Gradients, OfALossThatTwoTurnsUseAreOfTheWeightsOfEachAndTheLastIsLogged) {
  const Plan plan = plan_of(kOneNetwork, {"optimizers.b.minimize=a"});
  CarriedTraining training(plan);
  training["net.dense1.weight"].values = kStart;
  training["net.dense1.weight"].round_to_type();
  const Weights w0 = training["net.dense1.weight"].values;
  const auto losses = training.step(0, points());
  const Weights w1 = stepped(w0, slope(loss_a, w0));
  EXPECT_NEAR(losses.at("a"), loss_a(w1), kTolerance);
  expect_weights(training["net.dense1.weight"], stepped(w1, slope(loss_a, w1)), "net");
}

}  // namespace
}  // namespace agon
