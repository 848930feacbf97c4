#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/runtime/executor.h"
#include "tests/graphs/findings.h"
#include "tests/graphs/turns_bench.h"

/// Turns, draws, calls and streams of random numbers (LANGUAGE.md rules 2, 5 and 16).
namespace agon {
namespace {

const char* const kGan = R"(agon: 1
name: t
params: {turns: 5}
data: {source: rings}
networks:
  generator:
    input: {z: [3]}
    layers: [{dense: 4}, relu, {dense: 2}]
  critic:
    input: {x: data.point}
    layers: [{dense: 4}, relu, {dense: 1}]
step:
  real: data.point
  z: normal([batch, 3])
  fake: generator(z)
losses:
  c: mean(critic(fake)) - mean(critic(real))
  g: -mean(critic(fake))
optimizers:
  c: {minimize: c, update: critic, sgd: {lr: 0.1}}
  g: {minimize: g, update: generator, sgd: {lr: 0.1}}
)";

std::string gan(const std::string& train) {
  return std::string(kGan) + "train: {steps: 4, batch: 6" + train + "}\n";
}

struct OrderCase {
  std::string label;
  std::string order;
  std::vector<std::vector<std::string>> programs;  // kinds of draws
  std::vector<int> draws;
  std::string reading;
};

class Order : public testing::TestWithParam<OrderCase> {};

TEST_P(Order, IsReadAsDraws) {
  const OrderCase& c = GetParam();
  const Plan plan = plan_of(gan(c.order.empty() ? "" : ", order: " + c.order));
  std::vector<std::vector<std::string>> programs;
  for (const DrawGraph& draw : plan.training.programs) programs.push_back(draw.turns);
  EXPECT_EQ(programs, c.programs);
  EXPECT_EQ(plan.training.draws, c.draws);
  EXPECT_EQ(plan.reading, c.reading);
  EXPECT_EQ(plan.training.losses, (std::vector<std::string>{"c", "g"}));
}

INSTANTIATE_TEST_SUITE_P(
    One, Order,
    testing::Values(
        OrderCase{
            "default", "", {{"c", "g"}}, {0}, "one step = 1 draw of 6 points, 2 updates: c, g"},
        OrderCase{"other_way_round",
                  "[g, c]",
                  {{"g", "c"}},
                  {0},
                  "one step = 1 draw of 6 points, 2 updates: g, c"},
        OrderCase{"five_critic_turns",
                  "[c * 5, g]",
                  {{"c"}, {"c", "g"}},
                  {0, 0, 0, 0, 1},
                  "one step = 5 draws of 6 points, 6 updates: 4 x (c); c, g"},
        OrderCase{"count_from_params",
                  "[c * (turns - 3), g]",
                  {{"c"}, {"c", "g"}},
                  {0, 1},
                  "one step = 2 draws of 6 points, 3 updates: c; c, g"},
        OrderCase{"again_after_another",
                  "[c, g, c]",
                  {{"c", "g"}, {"c"}},
                  {0, 1},
                  "one step = 2 draws of 6 points, 3 updates: c, g; c"},
        OrderCase{"generator_twice",
                  "[c, g * 2]",
                  {{"c", "g"}, {"g"}},
                  {0, 1},
                  "one step = 2 draws of 6 points, 3 updates: c, g; g"},
        OrderCase{"a_hundred_are_one_program",
                  "[c * 100, g]",
                  {{"c"}, {"c", "g"}},
                  [] {
                    std::vector<int> draws(100, 0);
                    draws.back() = 1;
                    return draws;
                  }(),
                  "one step = 100 draws of 6 points, 101 updates: 99 x (c); c, g"}),
    [](const auto& c) { return c.param.label; });

TEST(Draws, ShareOneForwardPassOfTheGenerator) {
  const Plan plan = plan_of(gan(", order: [c, g]"));
  // generator once (2 matmuls); critic on fake and real in turn c, on fake in turn g
  EXPECT_EQ(forward_count(*plan.training.programs[0].graph, "matmul"), 2 + 2 * 3);
  EXPECT_EQ(streams_of(*plan.training.programs[0].graph),
            (std::vector<std::string>{"step.z/normal1"}));
}

TEST(Draws, OfOneStepHaveNumbersOfTheirOwn) {
  const Plan plan = plan_of(gan(", order: [c * 2, g]"));
  CarriedTraining training(plan);
  std::vector<double> points(12);
  for (std::size_t i = 0; i < points.size(); ++i) points[i] = 0.1 * static_cast<double>(i);
  const Arrays inputs = {{"data.point", numbers({6, 2}, points)},
                         {"step", numbers({}, {0}, DType::F64)}};
  std::vector<double> losses;
  for (const double draw : {0.0, 1.0, 0.0}) {
    Arrays all = inputs;
    all["draw"] = numbers({}, {draw}, DType::F64);
    losses.push_back(run_reference(*plan.training.programs[0].graph, all, training.variables())
                         .at("losses.c")[0]);
  }
  EXPECT_EQ(losses[0], losses[2]);
  EXPECT_NE(losses[0], losses[1]);
}

TEST(Draws, OfThreeOptimizersShareOneForwardPass) {
  const Plan plan = plan_of(R"(agon: 1
name: vae-gan
data: {source: rings}
networks:
  encoder:
    input: {x: data.point}
    layers: [{dense: 4}, relu]
    outputs: {mu: [{dense: 3}], logvar: [{dense: 3}]}
  decoder:
    input: {z: [3]}
    layers: [{dense: 2}]
  critic:
    input: {x: data.point}
    layers: [{dense: 1}]
step:
  e: encoder(data.point)
  again: decoder(e.mu + exp(0.5 * e.logvar) * normal(like=e.mu))
  of_real: critic(data.point)
  of_again: critic(again)
losses:
  close: mse(again, data.point)
  prior: kl_normal(e.mu, e.logvar)
  judged: bce_with_logits(of_again, 1)
  told_apart: bce_with_logits(of_real, 1) + bce_with_logits(of_again, 0)
optimizers:
  encoder: {minimize: close + prior, update: encoder, adam: {lr: 1e-3}}
  decoder: {minimize: close + 0.1 * judged, update: decoder, adam: {lr: 1e-3}}
  critic: {minimize: told_apart, update: critic, adam: {lr: 1e-3}}
train: {steps: 4, batch: 6}
)");
  ASSERT_EQ(plan.training.programs.size(), 1u);
  const Graph& graph = *plan.training.programs[0].graph;
  // encoder 3, decoder 1, critic on two things
  EXPECT_EQ(forward_count(graph, "matmul"), 3 + 1 + 2);
  EXPECT_EQ(streams_of(graph), (std::vector<std::string>{"step.again/normal1"}));
  EXPECT_EQ(plan.reading, "one step = 1 draw of 6 points, 3 updates: encoder, decoder, critic");
}

/// The generator's and the critic's calls, `step` and `losses` as given.
std::string small(const std::string& step, const std::string& loss,
                  const std::string& layers = "[{dense: 1}]") {
  return fmt::format(R"(agon: 1
name: t
data: {{source: rings}}
networks:
  net: {{input: {{x: [2]}}, layers: {}}}
step:
{}
losses:
  l: {}
optimizers:
  o: {{minimize: l, update: net, sgd: {{lr: 0.1}}}}
train: {{steps: 4, batch: 3}}
)",
                     layers, step, loss);
}

struct CallCase {
  std::string label;
  std::string step;
  std::string loss;
  int calls;  // forward matmuls of the net
};

class Calls : public testing::TestWithParam<CallCase> {};

TEST_P(Calls, AreMadeOnceForEqualExpressions) {
  const CallCase& c = GetParam();
  const Plan plan = plan_of(small(c.step, c.loss));
  EXPECT_EQ(forward_count(*plan.training.programs[0].graph, "matmul"), c.calls);
}

INSTANTIATE_TEST_SUITE_P(
    One, Calls,
    testing::Values(
        CallCase{"twice_in_a_loss", "  x: data.point", "mean(net(x)) + mean(net(x) ^ 2)", 1},
        CallCase{"in_step_and_in_a_loss", "  x: data.point\n  y: net(x)",
                 "mean(y) + mean(net(x) ^ 2)", 1},
        CallCase{"in_a_loss_and_in_step", "  x: data.point\n  y: net(x)",
                 "mean(net(x) ^ 2) + mean(y)", 1},
        CallCase{"by_another_name", "  x: data.point\n  y: net(data.point)",
                 "mean(net(x) ^ 2) + mean(y)", 1},
        CallCase{"other_arguments", "  x: data.point\n  w: data.point * 2",
                 "mean(net(x)) + mean(net(w))", 2},
        CallCase{"equal_arguments_written_twice", "  x: data.point",
                 "mean(net(2 * x)) + mean(net(2 * x) ^ 2)", 1},
        CallCase{"other_mode", "  x: data.point", "mean(net(x)) + mean(net.infer(x))", 2}),
    [](const auto& c) { return c.param.label; });

struct StreamCase {
  std::string label;
  std::string step;
  std::string loss;
  std::string layers;
  std::vector<std::string> streams;
};

class Streams : public testing::TestWithParam<StreamCase> {};

TEST_P(Streams, AreNamedByWhereTheyAreWritten) {
  const StreamCase& c = GetParam();
  const Plan plan = plan_of(small(c.step, c.loss, c.layers));
  EXPECT_EQ(streams_of(*plan.training.programs[0].graph), c.streams);
}

const char* const kPlain = "[{dense: 1}]";
const char* const kDropout = "[{dense: 4}, {dropout: 0.5, as: drop}, {dense: 1}]";

INSTANTIATE_TEST_SUITE_P(
    One, Streams,
    testing::Values(StreamCase{"two_written_are_two",
                               "  z: normal([batch, 2]) + normal([batch, 2])",
                               "mean(net(z))",
                               kPlain,
                               {"step.z/normal1", "step.z/normal2"}},
                    StreamCase{"words_count_for_themselves",
                               "  z: normal([batch, 2]) + uniform([batch, 2])",
                               "mean(net(z))",
                               kPlain,
                               {"step.z/normal1", "step.z/uniform1"}},
                    StreamCase{"a_name_used_twice_is_one",
                               "  z: normal([batch, 2])",
                               "mean(net(z)) + mean(net(2 * z))",
                               kPlain,
                               {"step.z/normal1"}},
                    StreamCase{"in_a_loss",
                               "  z: data.point",
                               "mean(net(z + normal(like=z)))",
                               kPlain,
                               {"losses.l/normal1"}},
                    StreamCase{"dropout_in_a_turn",
                               "  z: data.point",
                               "mean(net(z)) + mean(net(z) ^ 2)",
                               kDropout,
                               {"net.drop@o/net(z)"}},
                    StreamCase{"dropout_in_step",
                               "  z: data.point\n  y: net(z)",
                               "mean(y) + mean(net(z) ^ 2)",
                               kDropout,
                               {"net.drop@step/net(z)"}},
                    StreamCase{"dropout_in_step_read_last",
                               "  z: data.point\n  y: net(z)",
                               "mean(net(z) ^ 2) + mean(y)",
                               kDropout,
                               {"net.drop@step/net(z)"}},
                    StreamCase{"equal_texts_of_two_draws",
                               "  z: data.point",
                               "mean(net(z + normal(like=z))) - mean(net(z + normal(like=z)) ^ 2)",
                               kDropout,
                               {"losses.l/normal1", "losses.l/normal2",
                                "net.drop@o/net(z + normal(like=z))",
                                "net.drop@o/net(z + normal(like=z))#2"}}),
    [](const auto& c) { return c.param.label; });

TEST(Streams, OfLookingHaveThePrefixOfTheirSpec) {
  const std::string step = "  z: normal([batch, 2])\n  p: net(z)";
  const std::string layers = "[{dense: 2}]";
  const std::string text = small(step, "mean(p)", layers);
  const Plan one = plan_of(text +
                           "sample: {every: 2, image: p, grid: 2x2}\n"
                           "evaluate: {every: 2, count: 4, metrics: [losses]}\n");
  EXPECT_EQ(streams_of(*one.samples.at(0).graph),
            (std::vector<std::string>{"sample/step.z/normal1"}));
  EXPECT_EQ(streams_of(*one.evaluations.at(0).graph),
            (std::vector<std::string>{"evaluate/step.z/normal1"}));
  const Plan named = plan_of(text +
                             "sample:\n  big: {every: 2, image: p, grid: 2x2}\n"
                             "evaluate:\n  far: {every: 2, count: 4, metrics: [losses]}\n");
  EXPECT_EQ(streams_of(*named.samples.at(0).graph),
            (std::vector<std::string>{"sample.big/step.z/normal1"}));
  EXPECT_EQ(streams_of(*named.evaluations.at(0).graph),
            (std::vector<std::string>{"evaluate.far/step.z/normal1"}));
}

TEST(Losses, AreLoggedAndMeasured) {
  const std::string text = edited(gan(""), {{"losses:", "losses:\n  seen: mean(fake)"}});
  const Plan plan = plan_of(text + "evaluate: {count: 4, metrics: [losses]}\n");
  EXPECT_EQ(plan.training.losses, (std::vector<std::string>{"seen", "c", "g"}));
  EXPECT_EQ(plan.evaluations.at(0).metrics, (std::vector<std::string>{"seen", "c", "g"}));
  EXPECT_EQ(warnings_of(plan).find("losses"), std::string::npos);
}

/// The GAN above with a step value that calls the critic, read by the losses named.
std::string with_frozen_call(const std::string& loss, const std::string& order) {
  std::string text = gan(", order: " + order);
  text.replace(text.find("losses:"), 7, "  score: mean(critic(real))\nlosses:");
  const std::string written = "\n  " + loss + ": ";
  return text.replace(text.find(written), written.size(), written + "score + ");
}

TEST(StepValues, ThatHoldANetworkAsItWasBeforeItsUpdateAreNoted) {
  const std::string note =
      "critic(real) stands under step: and is read here as it was before the turn of c updated "
      "critic";
  EXPECT_NE(warnings_of(plan_of(with_frozen_call("g", "[c, g]"))).find(note), std::string::npos);
  EXPECT_EQ(warnings_of(plan_of(with_frozen_call("c", "[c, g]"))).find(note), std::string::npos);
  EXPECT_EQ(warnings_of(plan_of(with_frozen_call("g", "[g, c]"))).find(note), std::string::npos);
}

}  // namespace
}  // namespace agon
