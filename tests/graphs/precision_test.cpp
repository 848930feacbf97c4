#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/base/error.h"
#include "ops/bf16/bf16.h"
#include "tests/graphs/turns_bench.h"

/// `precision: bf16` (docs/language.md): operands of products are rounded, nothing else is.
namespace agon {
namespace {

constexpr const char* kLinear = R"(agon: 1
name: t
precision: bf16
data: {source: rings}
networks:
  net: {input: {x: [2]}, layers: [{dense: {units: 1, bias: false}}]}
step: {x: data.point}
losses:
  l: mean(net(x))
optimizers:
  o: {minimize: l, update: net, sgd: {lr: 1e-4}}
train: {steps: 100, batch: 2}
sample: {image: "net(x) + data.point", every: 50, batch: 4}
evaluate: {metrics: {m: mean(net(data.point))}, every: 50, count: 5, batch: 2}
)";

int plain_products(const Graph& graph) {
  int count = 0;
  for (const char* op : {"matmul", "conv2d", "conv2d_input_grad", "conv2d_weight_grad"})
    count += whole_count(graph, op);
  return count;
}

TEST(Precision, EveryProgramRoundsTheOperandsOfItsProducts) {
  const Plan plan = plan_of(kLinear);
  std::vector<const Graph*> graphs;
  for (const DrawGraph& draw : plan.training.programs) graphs.push_back(draw.graph.get());
  for (const SampleGraph& sample : plan.samples) graphs.push_back(sample.graph.get());
  for (const EvaluateGraph& evaluation : plan.evaluations) {
    graphs.push_back(evaluation.graph.get());
    graphs.push_back(evaluation.last.get());
  }
  ASSERT_EQ(graphs.size(), 4u);
  for (const Graph* graph : graphs) {
    ASSERT_NE(graph, nullptr);
    EXPECT_EQ(plain_products(*graph), 0);
    EXPECT_GE(whole_count(*graph, "matmul_bf16"), 1);
  }
}

TEST(Precision, Float32RoundsNothing) {
  const Plan plan = plan_of(kLinear, {"precision=float32"});
  EXPECT_EQ(whole_count(*plan.training.programs[0].graph, "matmul_bf16"), 0);
  EXPECT_EQ(plain_products(*plan.training.programs[0].graph), 2);
}

/// What a GPU may multiply is said of nodes when they are placed, and nothing is rounded.
TEST(Precision, Tf32LeavesTheGraphsAsTheyAre) {
  const Plan plan = plan_of(kLinear, {"precision=tf32"});
  EXPECT_EQ(plain_products(*plan.training.programs[0].graph), 2);
  EXPECT_EQ(whole_count(*plan.training.programs[0].graph, "matmul_tf32"), 0);
}

/// Steps far below what a bfloat16 weight could hold, towards which it would never move.
TEST(Precision, SmallUpdatesOfTheWeightsAddUp) {
  const Plan plan = plan_of(kLinear);
  CarriedTraining training(plan);
  // the gradient is the mean of the points, all of them bfloat16: [0.5, -0.25]
  const Arrays points = {{"data.point", numbers({2, 2}, {1.5, 0.25, -0.5, -0.75})}};
  const double slope[] = {0.5, -0.25};
  double w[] = {training.at("net.dense1.weight", 0), training.at("net.dense1.weight", 1)};
  for (int step = 0; step < 100; ++step) {
    const double seen = slope[0] * nearest_bf16(training.at("net.dense1.weight", 0)) +
                        slope[1] * nearest_bf16(training.at("net.dense1.weight", 1));
    EXPECT_NEAR(training.step(step, points).at("l"), seen, 1e-6) << step;
  }
  for (int i = 0; i < 2; ++i)
    EXPECT_NEAR(training.at("net.dense1.weight", i), w[i] - 100 * 1e-4 * slope[i], 1e-5);
}

TEST(Precision, OtherWordsAreRefusedWithTheNearest) {
  for (const auto& [written, meant] : {std::pair("bf61", "bf16"), std::pair("tf23", "tf32")}) {
    try {
      plan_of(kLinear, {fmt::format("precision={}", written)});
      FAIL() << "accepted";
    } catch (const ConfigError& e) {
      EXPECT_NE(std::string(e.what()).find(fmt::format("did you mean '{}'?", meant)),
                std::string::npos)
          << e.what();
    }
  }
}

}  // namespace
}  // namespace agon
