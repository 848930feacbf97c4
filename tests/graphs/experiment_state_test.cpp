#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/runtime/executor.h"
#include "tests/graphs/findings.h"
#include "tests/graphs/turns_bench.h"

/// smooth and image_pool (LANGUAGE.md rule 10).
namespace agon {
namespace {

constexpr double kTolerance = 32 * 0x1p-24;

/// `seen` is what `value` under step: was in the last draw.
std::string text_with(const std::string& value, const std::string& more = "", int batch = 2,
                      const std::string& shape = "") {
  return fmt::format(R"(agon: 1
name: t
data: {{source: rings}}
variables:
  w: {{init: 1}}
  seen: {{init: 0, {}next: value}}
step:
  m: mean(data.point)
  value: {}
losses:
  l: w * m
optimizers:
  o: {{minimize: l, update: w, sgd: {{lr: 0.5}}}}
train: {{steps: 80, batch: {}}}
{})",
                     shape, value, batch, more);
}

Arrays points(std::vector<double> values) {
  const auto count = static_cast<std::int64_t>(values.size() / 2);
  return {{"data.point", numbers({count, 2}, std::move(values))}};
}

Arrays points_of_mean(double mean) {
  return points({mean, mean, mean, mean});
}

TEST(Smooth, IsTheMeanOfTheDrawsBeforeWithWeightsThatFade) {
  const Plan plan = plan_of(text_with("smooth(m, 0.75)"));
  CarriedTraining training(plan);
  double sum = 0, weight = 0;
  for (int step = 0; step < 5; ++step) {
    const double x = step * step - 3.0;
    training.step(step, points_of_mean(x));
    EXPECT_NEAR(training.at("variables.seen"), weight == 0 ? x : sum / weight, kTolerance * 8)
        << step;
    sum = 0.75 * sum + 0.25 * x;
    weight = 0.75 * weight + 0.25;
  }
  EXPECT_NEAR(training.at("step.value/smooth1/sum"), sum, kTolerance * 8);
}

TEST(Smooth, IsOnlyReadWhenLooking) {
  const Plan plan = plan_of(text_with(
      "m * smooth(m, 0.5)", "evaluate: {count: 4, batch: 4, metrics: {s: \"smooth(m, 0.5)\"}}\n"));
  CarriedTraining training(plan);
  for (int step = 0; step < 3; ++step) training.step(step, points_of_mean(3));
  Arrays inputs = points({9, 9, 9, 9, 9, 9, 9, 9});
  inputs["step"] = numbers({}, {0}, DType::F64);
  const Arrays results = run_reference(*plan.evaluations.at(0).graph, inputs, training.variables());
  EXPECT_NEAR(results.at("s")[0], 3, kTolerance);
  EXPECT_TRUE(plan.evaluations.at(0).graph->updates().empty());
}

TEST(Smooth, HasNoGradient) {
  std::string text = text_with("m");
  text.replace(text.find("l: w * m"), 8, "l: w * m + smooth(w ^ 2, 0.5)");
  const Plan plan = plan_of(text);
  CarriedTraining training(plan);
  training.step(0, points_of_mean(1));
  EXPECT_NEAR(training.at("variables.w"), 0.5, kTolerance);
}

/// Draw t gives example i the point (100 i + t, t).
Arrays numbered(int batch, int t) {
  std::vector<double> values;
  for (int i = 0; i < batch; ++i) {
    values.push_back(100.0 * i + t);
    values.push_back(t);
  }
  return points(values);
}

struct PoolCase {
  std::string label;
  int batch;
  int slots;
  std::vector<std::size_t> own;  // slots of each example
};

class Pool : public testing::TestWithParam<PoolCase> {};

TEST_P(Pool, FillsAndThenSwapsExampleByExample) {
  const PoolCase& c = GetParam();
  const Plan plan = plan_of(text_with(fmt::format("image_pool(data.point, {})", c.slots), "",
                                      c.batch, "shape: [batch, 2], "));
  CarriedTraining training(plan);
  std::vector<std::vector<double>> kept(static_cast<std::size_t>(c.batch));
  std::vector<int> swaps(kept.size(), 0);
  constexpr int kDraws = 80;
  for (int t = 0; t < kDraws; ++t) {
    training.step(t, numbered(c.batch, t));
    for (int i = 0; i < c.batch; ++i) {
      auto& pool = kept[static_cast<std::size_t>(i)];
      const double x = 100.0 * i + t;
      const double got = training.at("variables.seen", std::int64_t{i} * 2);
      EXPECT_EQ(training.at("variables.seen", std::int64_t{i} * 2 + 1), got - 100 * i);
      if (pool.size() < c.own[static_cast<std::size_t>(i)]) {
        EXPECT_EQ(got, x) << t;
        pool.push_back(x);
      } else if (got != x) {
        const auto it = std::find(pool.begin(), pool.end(), got);
        ASSERT_NE(it, pool.end()) << "example " << i << " of draw " << t << " is " << got;
        *it = x;
        ++swaps[static_cast<std::size_t>(i)];
      }
    }
  }
  // 5 deviations of 80 throws of a coin
  for (const int count : swaps) EXPECT_NEAR(count, 0.5 * kDraws, 5 * 4.5);
}

INSTANTIATE_TEST_SUITE_P(One, Pool,
                         testing::Values(PoolCase{"alone", 1, 3, {3}},
                                         PoolCase{"even", 2, 4, {2, 2}},
                                         PoolCase{"uneven", 2, 3, {2, 1}},
                                         PoolCase{"one_each", 3, 3, {1, 1, 1}}),
                         [](const auto& c) { return c.param.label; });

TEST(PoolState, MovesOncePerDrawWhereverItIsWritten) {
  const Plan plan = plan_of(R"(agon: 1
name: t
data: {source: rings}
variables:
  w: {init: 1}
  v: {init: 1}
losses:
  lw: w * mean(image_pool(data.point, 4))
  lv: v * lw + mean(image_pool(data.point, 4))
optimizers:
  a: {minimize: lw, update: w, sgd: {lr: 0.5}}
  b: {minimize: lv, update: v, sgd: {lr: 0.5}}
train: {steps: 8, batch: 2, order: [a * 2, b]}
sample:
  image: image_pool(data.point, 4)
  grid: 1x2
)");
  CarriedTraining training(plan);
  training.step(0, points({1, 2, 3, 4}));
  EXPECT_EQ(training.at("losses.lw/image_pool1/filled"), 2);
  EXPECT_EQ(training.at("losses.lw/image_pool1/examples", 4), 1);
  EXPECT_FALSE(training.variables().contains("losses.lv/image_pool1/filled"));
  EXPECT_EQ(
      streams_of(*plan.training.programs[0].graph),
      (std::vector<std::string>{"losses.lw/image_pool1/slot1", "losses.lw/image_pool1/swap1"}));
  const Arrays pictures =
      run_reference(*plan.samples.at(0).graph, points({5, 6, 7, 8}), training.variables());
  EXPECT_EQ(pictures.at("image0")[0], 5);
}

struct RefusedCase {
  std::string label;
  std::string text;
  std::string said;
};

class RefusedState : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedState, IsSaid) {
  expect_finding(GetParam().text, GetParam().said);
}

INSTANTIATE_TEST_SUITE_P(
    One, RefusedState,
    testing::Values(
        RefusedCase{"pool_below_the_batch", text_with("m + mean(image_pool(data.point, 1))"),
                    "image_pool: expects room for a batch of 2 at least, got 1"},
        RefusedCase{"pool_beyond_memory", text_with("m + mean(image_pool(data.point, 1e12))"),
                    "image_pool: expects at most 65536 examples, got 1000000000000"},
        RefusedCase{"share", text_with("smooth(m, 1)"), "expects a share to keep in [0, 1), got 1"},
        RefusedCase{"read_alone", text_with("m", "evaluate: {metrics: {s: \"smooth(m, 0.5)\"}}\n"),
                    "smooth: nothing in training reads it"},
        RefusedCase{"other_batch",
                    text_with("m + mean(smooth(data.point, 0.5))",
                              "evaluate: {count: 4, metrics: {s: value}}\n"),
                    "smooth: keeps [2, 2] in training, got [4, 2] here"},
        RefusedCase{"in_a_layer",
                    text_with("m + mean(net(data.point))",
                              "networks: {net: {input: {x: [2]}, layers: [{compute: "
                              "\"smooth(current, 0.5)\"}]}}\n"),
                    "smooth: keeps values from draw to draw, which no layer can"}),
    [](const auto& c) { return c.param.label; });

}  // namespace
}  // namespace agon
