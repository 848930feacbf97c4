#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/error.h"
#include "tests/graphs/findings.h"
#include "tests/graphs/turns_bench.h"

/// Optimizers, their targets and how long training is (LANGUAGE.md rules 6 and 11).
namespace agon {
namespace {

/// A loss linear in the weights, so that the gradient is the mean of the points: [0.5, -0.25].
Arrays points() {
  return {{"data.point", numbers({2, 2}, {1.5, 0.25, -0.5, -0.75})}};
}
constexpr double kSlope[] = {0.5, -0.25};
constexpr double kTolerance = 32 * 0x1p-24;

std::string linear(const std::string& optimizer, const std::string& more = "") {
  return fmt::format(R"(agon: 1
name: t
params: {{base: 0.25}}
data: {{source: rings}}
networks:
  net: {{input: {{x: [2]}}, layers: [{{dense: {{units: 1, bias: false}}}}]}}
step:
  x: data.point
  third: mean(x) + 0.125
losses:
  l: mean(net(x))
optimizers:
  o: {{minimize: l, update: net, {}}}
train: {{steps: 8, batch: 2}}
{})",
                     optimizer, more);
}

struct UpdateCase {
  std::string label;
  std::string optimizer;
  /// The weight after step `step`, from the one before and its slope.
  double (*next)(double w, double slope, int step);
};

double clipped(double w, double slope, double limit) {
  const double norm = std::sqrt(kSlope[0] * kSlope[0] + kSlope[1] * kSlope[1]);
  return w - 0.5 * slope * std::min(1.0, limit / (norm + 1e-6));
}

class Updates : public testing::TestWithParam<UpdateCase> {};

TEST_P(Updates, FollowTheirFormula) {
  const UpdateCase& c = GetParam();
  const Plan plan = plan_of(linear(c.optimizer));
  CarriedTraining training(plan);
  double w[] = {training.at("net.dense1.weight", 0), training.at("net.dense1.weight", 1)};
  for (int step = 0; step < 4; ++step) {
    training.step(step, points());
    for (int i = 0; i < 2; ++i) {
      w[i] = c.next(w[i], kSlope[i], step);
      EXPECT_NEAR(training.at("net.dense1.weight", i), w[i], kTolerance) << step;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    One, Updates,
    testing::Values(
        UpdateCase{"plain", "sgd: {lr: 0.5}", [](double w, double g, int) { return w - 0.5 * g; }},
        UpdateCase{"rate_from_params", "sgd: {lr: base / 2}",
                   [](double w, double g, int) { return w - 0.125 * g; }},
        UpdateCase{"rate_of_progress", "sgd: {lr: 1 - progress}",
                   [](double w, double g, int step) { return w - (1 - step / 8.0) * g; }},
        UpdateCase{"rate_of_step", "\"sgd\": {lr: \"where(step < 2, 0.5, 0.25)\"}",
                   [](double w, double g, int step) { return w - (step < 2 ? 0.5 : 0.25) * g; }},
        UpdateCase{"rate_of_a_step_value", "sgd: {lr: third}",
                   [](double w, double g, int) { return w - 0.25 * g; }},
        UpdateCase{"norm_clipped", "sgd: {lr: 0.5}, clip_norm: 0.125",
                   [](double w, double g, int) { return clipped(w, g, 0.125); }},
        UpdateCase{"norm_below_the_limit", "sgd: {lr: 0.5}, clip_norm: 2",
                   [](double w, double g, int) { return w - 0.5 * g; }},
        UpdateCase{"kept_inside", "sgd: {lr: 0.5}, keep: [-0.0625, base / 8]",
                   [](double w, double g, int) {
                     return std::min(std::max(w - 0.5 * g, -0.0625), 0.03125);
                   }},
        UpdateCase{"weights_decay", "sgd: {lr: 0.5}, weight_decay: 0.25",
                   [](double w, double g, int) { return w - 0.5 * (g + 0.25 * w); }},
        // m and v of a constant gradient are the gradient and its square once the bias is taken out
        UpdateCase{"adam", "adam: {lr: 0.125}",
                   [](double w, double g, int) { return w - 0.125 * g / (std::abs(g) + 1e-8); }},
        UpdateCase{"adamw", "adamw: {lr: 0.125}, weight_decay: 0.5",
                   [](double w, double g, int) {
                     return w * (1 - 0.0625) - 0.125 * g / (std::abs(g) + 1e-8);
                   }}),
    [](const auto& c) { return c.param.label; });

TEST(Updates, CountTheirOwnNumber) {
  const std::string text = R"(agon: 1
name: t
networks:
  net: {input: {x: [2]}, layers: [{dense: 1}]}
  other: {input: {x: [1]}, layers: [{dense: 1}]}
step:
  z: normal([batch, 2])
losses:
  l: mean(other(net(z)) ^ 2)
optimizers:
  often: {minimize: l, update: net, adam: {lr: 0.125}}
  seldom: {minimize: -l, update: other, adam: {lr: 0.125}}
train: {steps: 4, batch: 2, order: [often * 3, seldom]}
)";
  const Plan plan = plan_of(text);
  CarriedTraining training(plan);
  for (int step = 0; step < 2; ++step) training.step(step);
  EXPECT_EQ(training.at("optimizers.often.t"), 6);
  EXPECT_EQ(training.at("optimizers.seldom.t"), 2);
}

const char* const kEncoder = R"(agon: 1
name: t
data: {source: rings}
networks:
  encoder:
    input: {x: [2]}
    layers: [{dense: 3, as: trunk}, relu, {residual: [{dense: 3, as: inner}], as: block}]
    outputs: {mu: [{dense: 2}], logvar: [{dense: 2}]}
step:
  e: encoder(data.point)
losses:
  l: mean(e.mu ^ 2) + mean(e.logvar ^ 2)
optimizers:
  o: {minimize: l, update: TARGET, sgd: {lr: 0.1}}
  all: {minimize: l, update: encoder, sgd: {lr: 0.1}}
train: {steps: 4, batch: 2, order: [o, all]}
)";

std::string with_target(const std::string& target) {
  std::string text = kEncoder;
  return text.replace(text.find("TARGET"), 6, target);
}

struct TargetCase {
  std::string label;
  std::string target;
  std::vector<std::string> layers;  // moved by a turn of o
};

class Targets : public testing::TestWithParam<TargetCase> {};

TEST_P(Targets, AreNetworksNamedLayersAndOutputs) {
  const TargetCase& c = GetParam();
  // o's targets are told by its state
  const Plan plan =
      plan_of(with_target(c.target), {"optimizers.o.momentum={lr: 0.1}", "optimizers.o.sgd=~"});
  std::vector<std::string> moved;
  for (const VariableDecl& decl : plan.training.variables) {
    const std::string prefix = "optimizers.o.momentum_buffer/";
    if (decl.name.starts_with(prefix) && decl.name.ends_with(".weight"))
      moved.push_back(decl.name.substr(prefix.size()));
  }
  std::vector<std::string> expected;
  for (const std::string& layer : c.layers) expected.push_back("encoder." + layer + ".weight");
  EXPECT_EQ(moved, expected);
}

INSTANTIATE_TEST_SUITE_P(
    One, Targets,
    testing::Values(
        TargetCase{"network", "encoder", {"trunk", "block/inner", "mu/dense1", "logvar/dense1"}},
        TargetCase{"layer", "encoder.trunk", {"trunk"}},
        TargetCase{"block", "encoder.block", {"block/inner"}},
        TargetCase{"layer_of_a_block", "encoder.block.inner", {"block/inner"}},
        TargetCase{"output", "encoder.mu", {"mu/dense1"}},
        TargetCase{"layer_of_an_output", "encoder.mu.dense1", {"mu/dense1"}},
        TargetCase{"several", "[encoder.mu, encoder.trunk]", {"mu/dense1", "trunk"}},
        TargetCase{"one_inside_another",
                   "[encoder.mu, encoder]",
                   {"mu/dense1", "trunk", "block/inner", "logvar/dense1"}}),
    [](const auto& c) { return c.param.label; });

TEST(Targets, NamedTwiceAreUpdatedOnce) {
  const std::vector<std::string> momentum = {"optimizers.o.momentum={lr: 0.1}",
                                             "optimizers.o.sgd=~", "optimizers.o.clip_norm=0.01"};
  const Plan once = plan_of(with_target("encoder"), momentum);
  const Plan twice = plan_of(with_target("[encoder, encoder.mu]"), momentum);
  CarriedTraining a(once), b(twice);
  a.step(0, points());
  b.step(0, points());
  for (const auto& [name, array] : a.variables()) EXPECT_EQ(array.values, b[name].values) << name;
}

struct SaidCase {
  std::string label;
  std::string from, to;
  std::string said;
};

class UpdateErrors : public testing::TestWithParam<SaidCase> {};

TEST_P(UpdateErrors, AreSaid) {
  const SaidCase& c = GetParam();
  expect_finding(edited(with_target("encoder.mu"), {{c.from, c.to}}), c.said);
}

INSTANTIATE_TEST_SUITE_P(
    One, UpdateErrors,
    testing::Values(
        SaidCase{"unknown_layer", "update: encoder.mu", "update: encoder.nu",
                 "no layer 'encoder.nu' with parameters; did you mean 'encoder.mu'?"},
        SaidCase{"unknown_inner_layer", "update: encoder.mu", "update: encoder.block.iner",
                 "no layer 'encoder.block.iner' with parameters; did you mean "
                 "'encoder.block.inner'?"},
        SaidCase{"layer_without_parameters", "update: encoder.mu", "update: encoder.relu1",
                 "no layer 'encoder.relu1' with parameters"},
        SaidCase{"layers_left", "update: encoder,", "update: [encoder.trunk, encoder.block],",
                 "no optimizer updates encoder.logvar/dense1.weight and 1 more parameters"},
        SaidCase{"a_turn_that_never_comes", "order: [o, all]", "order: [all]",
                 "optimizers.o: has no turn in train.order"},
        SaidCase{"nobody_with_a_turn_updates", "order: [o, all]", "order: [o]",
                 "no optimizer updates encoder.trunk.weight"},
        SaidCase{"loss_that_misses_its_target", "minimize: l, update: encoder.mu",
                 "minimize: mean(e.logvar), update: encoder.mu",
                 "'mean(e.logvar)' does not depend on what it should update (encoder.mu)"}),
    [](const auto& c) { return c.param.label; });

struct LengthCase {
  std::string train;
  std::vector<std::string> set;
  std::int64_t steps;
  std::string said;
};

class Length : public testing::TestWithParam<LengthCase> {};

TEST_P(Length, IsStepsOrEpochs) {
  const LengthCase& c = GetParam();
  std::string text = linear("sgd: {lr: 0.1}");
  const std::string whole = "train: {steps: 8, batch: 2}";
  text.replace(text.find(whole), whole.size(), "train: {" + c.train + "}");
  std::string said;
  try {
    const Experiment e = read_experiment_text(text, "t.yaml", ".", {.set = c.set, .quick = false},
                                              [](const DataSpec& spec) {
                                                DataFacts facts;
                                                facts.points = true;
                                                facts.count = spec.count.value_or(100);
                                                return facts;
                                              });
    EXPECT_EQ(e.steps, c.steps);
  } catch (const ConfigError& e) {
    said = e.what();
  }
  EXPECT_EQ(said, c.said);
}

INSTANTIATE_TEST_SUITE_P(
    One, Length,
    testing::Values(
        LengthCase{"steps: 12, batch: 7", {}, 12, ""},
        LengthCase{"epochs: 1, batch: 10", {}, 10, ""},
        LengthCase{"epochs: 1, batch: 7", {}, 15, ""},
        LengthCase{"epochs: 3, batch: 7", {}, 43, ""},  // batches run across the border of epochs
        LengthCase{"epochs: 0.5, batch: 7", {}, 8, ""}, LengthCase{"epochs: 2", {}, 200, ""},
        LengthCase{"epochs: 2, batch: 10", {"train.steps=5"}, 5, ""},
        LengthCase{"steps: 5, batch: 10", {"train.epochs=2"}, 20, ""},
        LengthCase{"epochs: 2, batch: 10", {"data.count=50"}, 10, ""},
        LengthCase{"batch: 7", {}, 0, "error[78] t.yaml:14:8: train: train needs steps or epochs"},
        LengthCase{"steps: 3, epochs: 2",
                   {},
                   0,
                   "error[78] t.yaml:14:27: train.epochs: give steps or epochs, not both"},
        LengthCase{"steps: 1, batch: 101",
                   {},
                   0,
                   "error[78] t.yaml:14:26: train.batch: batch is 101, rings has 100 examples"}));

}  // namespace
}  // namespace agon
