#include <gtest/gtest.h>

#include "graphs/experiment/training.h"
#include "ops/ops.h"
#include "tests/graphs/drawn_facts.h"

/// How a block is called: without, with one or with several arguments.
namespace agon {
namespace {

struct BlockCase {
  const char* call;
  const char* said;  // or the layers' shapes, where it is sound
};

std::string verdict(const std::string& call) {
  const std::string text =
      "agon: 1\nname: t\nparams: {width: 3}\nblocks:\n  none: [relu]\n  one(expand): [{dense: "
      "expand}]\n  two(units, more): [{one: units}, {one: {expand: units + more}}]\nnetworks:\n  "
      "g:\n    input: {z: [2]}\n    layers:\n      - " +
      call +
      "\n      - dense: 1\nlosses: {l: \"mean(g(normal([batch, 2])))\"}\n"
      "optimizers: {g: {minimize: l, update: g, sgd: 1}}\ntrain: {steps: 1}\n";
  OpRegistry ops;
  register_all_ops(ops);
  try {
    const Plan plan = build_plan(read_experiment_text(text, "t", ".", {}, drawn_facts), ops);
    std::string shapes;
    for (const LayerReport& layer : plan.layers)
      shapes += layer.name + " " + to_text(layer.shape) + " ";
    return shapes;
  } catch (const ConfigError& e) {
    return e.what();
  }
}

TEST(BlockArguments, AreGivenAloneOrByName) {
  const BlockCase cases[] = {
      {"none", "none1/relu1 [2] dense1 [1] "},
      {"one: 2 * width", "one1/dense1 [6] dense1 [1] "},
      {"one: {expand: width}", "one1/dense1 [3] dense1 [1] "},
      {"two: {units: 1, more: width}", "two1/one1/dense1 [1] two1/one2/dense1 [4] dense1 [1] "},
      {"{two: {more: 1, units: 2}, as: t}", "t/one1/dense1 [2] t/one2/dense1 [3] dense1 [1] "},
      {"one", "error[78] t:12:9: networks.g.layers[0]: block 'one' needs its argument 'expand'"},
      {"two: {units: 1}",
       "error[78] t:12:9: networks.g.layers[0]: block 'two' needs its argument 'more'"},
      {"two: {units: 1, mroe: 2}",
       "error[78] t:12:25: networks.g.layers[0].two: block 'two' has no argument 'mroe'; did you "
       "mean 'more'?"},
      {"two: 3",
       "error[78] t:12:14: networks.g.layers[0].two: expected the arguments of block 'two' (units, "
       "more) by name, got '3'"},
      {"none: 3",
       "error[78] t:12:15: networks.g.layers[0].none: block 'none' takes no argument, got '3'"},
      {"one: widht",
       "error[78] t:12:14: networks.g.layers[0].one: no layer or input named 'widht' before this "
       "one; did you mean 'width'?"},
  };
  for (const BlockCase& c : cases) EXPECT_EQ(verdict(c.call), c.said) << c.call;
}

}  // namespace
}  // namespace agon
