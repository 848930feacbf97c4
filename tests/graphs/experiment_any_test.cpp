#include <gtest/gtest.h>

#include "engine/base/error.h"
#include "tests/graphs/turns_bench.h"

/// Inputs of `any` size: each call has its own shapes, all have the same parameters.
namespace agon {
namespace {

std::string text_of(const std::string& layers, const std::string& call,
                    const std::string& input = "[3, any, any]") {
  return R"(agon: 1
name: t
data: {source: faces, size: 32}
networks:
  net:
    input: {picture: )" +
         input + R"(}
    layers: )" +
         layers + R"(
step: {x: data.image}
losses: {a: )" +
         call + R"(}
optimizers: {a: {minimize: a, update: net, sgd: {lr: 0.1}}}
train: {steps: 2, batch: 2}
)";
}

std::string verdict(const std::string& text) {
  try {
    plan_of(text);
    return "";
  } catch (const ConfigError& e) {
    return e.what();
  }
}

const char* const kLayers = "[{conv: {filters: 2, kernel: 3, padding: 1}}, {max_pool: 2}]";

TEST(ExperimentAny, CallsOfSeveralSizesShareTheirParameters) {
  const Plan plan =
      plan_of(text_of(kLayers, "\"mean(net(x)) + mean(net(resize(x, [16, 8], by=area)) ^ 2)\""));
  EXPECT_EQ(plan.training.variables.size(), 3U);  // weight, bias and the number of updates
  EXPECT_EQ(forward_count(*plan.training.programs[0].graph, "conv2d"), 2);
  ASSERT_EQ(plan.layers.size(), 2U);
  EXPECT_EQ(plan.layers[0].any, 64);
  EXPECT_EQ(to_text(plan.layers[1].shape), "[2, 32, 32]");
}

TEST(ExperimentAny, AtTheDatasSizeWhereTheLayersNeedIt) {
  const Plan plan = plan_of(text_of("[{conv: {filters: 3, kernel: 1}}, {add: x2}]",
                                    "\"mean(net(x, x))\"", "[3, any, any], x2: data.image"));
  EXPECT_EQ(plan.layers[0].any, 32);
  EXPECT_EQ(plan_of(text_of("[{conv: {filters: 1, kernel: 1}}]", "mean(net(x))", "data.image"))
                .layers[0]
                .any,
            0);
}

TEST(ExperimentAny, ParametersMustNotHangOnTheSize) {
  EXPECT_EQ(
      verdict(text_of("[flatten, {dense: 1}]", "mean(net(x))")),
      "error[78] t.yaml:7:23: networks.net.layers[1]: its weight would be [1, 27648] here and "
      "[1, 12288] elsewhere: behind an input of `any` size parameters must not depend on the "
      "size; take a mean over pixels, or give the input a size");
  EXPECT_EQ(verdict(text_of("[{compute: \"mean(mean(current, over=3), over=2)\"}, {dense: 1}]",
                            "mean(net(x))")),
            "");
}

TEST(ExperimentAny, OtherAxesAndRanksAreStillChecked) {
  EXPECT_EQ(
      verdict(text_of(kLayers, "\"mean(net(slice(x, 0, 2)))\"")),
      "error[78] t.yaml:9:23: losses.a: net expects picture [3, any, any], got [2, 32, 32] from "
      "slice(x, 0, 2)");
  EXPECT_EQ(verdict(text_of(kLayers, "mean(net(flatten(x)))")),
            "error[78] t.yaml:9:22: losses.a: net expects picture [3, any, any], got [3072] from "
            "flatten(x)");
  EXPECT_EQ(verdict(text_of(kLayers, "mean(net(x))", "[3, some, any]")),
            "error[78] t.yaml:6:26: networks.net.input.picture[1]: unknown name 'some'");
}

}  // namespace
}  // namespace agon
