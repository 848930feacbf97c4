#include <gtest/gtest.h>

#include "tests/graphs/turns_bench.h"

/// What a `compute` layer sees beside layers and inputs.
namespace agon {
namespace {

constexpr char kText[] = R"yaml(agon: 1
name: t
data: {source: rings}
networks:
  net:
    input: {x: [2]}
    layers:
      - compute: sum(reshape(current, [batch, 1, 2]), over=1)
      - compute: concat(current, expand(step + 1, [batch, 1]))
      - {dense: {units: 1, bias: false}}
step: {x: data.point}
losses:
  a: mean(net(x))
  b: mean(net(slice(x, 0, 1, over=batch)))
optimizers: {a: {minimize: a + b, update: net, sgd: {lr: 0.1}}}
train: {steps: 4, batch: 4}
)yaml";

TEST(NetworkCompute, SeesTheBatchOfItsCallAndTheStep) {
  const Plan plan = plan_of(kText);
  CarriedTraining training(plan);
  const std::vector<double> w = training["net.dense1.weight"].values;
  const std::vector<double> x = {0.5, -1, 1.5, 0.25, -0.75, 2, 0.25, 1.75};
  const auto losses = training.step(2, {{"data.point", numbers({4, 2}, x)}});
  double sum = 0;
  for (std::size_t i = 0; i < 8; ++i) sum += w[i % 2] * x[i] / 4;
  EXPECT_NEAR(losses.at("a"), sum + 3 * w[2], 1e-6);
  EXPECT_NEAR(losses.at("b"), w[0] * x[0] + w[1] * x[1] + 3 * w[2], 1e-6);
}

}  // namespace
}  // namespace agon
