#include <gtest/gtest.h>

#include "engine/ir/print.h"
#include "graphs/experiment/training.h"
#include "ops/ops.h"
#include "tests/graphs/drawn_facts.h"

/// Blocks whose arguments are layers, and bodies of repeat, mean what is written out beside them.
namespace agon {
namespace {

const OpRegistry& all_ops() {
  static const OpRegistry* const ops = [] {
    auto* made = new OpRegistry;
    register_all_ops(*made);
    return made;
  }();
  return *ops;
}

/// An experiment around the layers of a generator of [1, 28, 28] from z [8] and y [10].
std::string file(const std::string& blocks, const std::string& layers) {
  return "agon: 1\nname: t\ndata: {source: digits}\n" + blocks +
         "networks:\n  generator:\n    input: {z: [8], y: [10]}\n    layers:\n" + layers +
         "      - reshape: [1, 28, 28]\n"
         "step: {fake: \"generator(normal([batch, 8]), one_hot(data.label, 10))\"}\n"
         "losses: {g: \"mse(fake, data.image)\"}\n"
         "optimizers: {g: {minimize: g, update: generator, sgd: 0.1}}\n"
         "train: {steps: 1, batch: 4}\n";
}

std::string training_graph(const std::string& text) {
  const Experiment experiment = read_experiment_text(
      text, "t.yaml", ".", {.set = {}, .quick = false, .ops = &all_ops()}, drawn_facts);
  return to_text(*build_plan(experiment, all_ops()).training.programs.at(0).graph);
}

std::string failure(const std::string& text) {
  try {
    training_graph(text);
    return "";
  } catch (const ConfigError& e) {
    return e.what();
  }
}

TEST(Blocks, TakeLayersAndInputsAsArguments) {
  const std::string blocks =
      "blocks:\n  scaled(by, factor): [{multiply: by}, {compute: factor * current + mean(by)}]\n";
  const std::string before = "      - {dense: 784, as: a}\n      - {from: z, dense: 784, as: b}\n";
  EXPECT_EQ(training_graph(file(blocks, before + "      - scaled: {by: a, factor: 2}\n")),
            training_graph(file("", before + "      - {multiply: a, as: c}\n"
                                             "      - compute: 2 * c + mean(a)\n")));
}

TEST(Blocks, HandTheirArgumentsOnToBlocksInside) {
  const std::string blocks =
      "blocks:\n  inner(of): [{concat: of}]\n  outer(what): [{inner: what}, {inner: what}]\n";
  EXPECT_EQ(training_graph(file(blocks, "      - outer: y\n      - {dense: 784, as: d}\n")),
            training_graph(
                file("", "      - concat: y\n      - concat: y\n      - {dense: 784, as: d}\n")));
}

TEST(Blocks, SayWhichNameIsMeant) {
  const std::string blocks = "blocks:\n  joined(of): [{concat: of}]\n";
  EXPECT_EQ(failure(file(blocks, "      - {dense: 784, as: scale}\n      - joined: scael\n")),
            "error[78] t.yaml:11:17: networks.generator.layers[1].joined: no layer or input named "
            "'scael' before this one; did you mean 'scale'?");
}

TEST(Blocks, SayWhereTheyAreUsed) {
  const std::string blocks =
      "blocks:\n  down(n): [{conv: {filters: n, kernel: 3}}]\n  both: [{down: 3}]\n";
  EXPECT_EQ(failure(file(blocks, "      - both\n")),
            "error[78] t.yaml:5:13: blocks.down[0]: conv expects [channels, height, width], got "
            "[8]; begin with dense and reshape; used at blocks.both[0] (line 6); used at "
            "networks.generator.layers[0] (line 11)");
}

TEST(Blocks, SayWhereTheyAreUsedWithEachMistake) {
  const std::string blocks = "blocks:\n  shaped(n): [{reshape: [n, 2, 2]}, flatten]\n";
  EXPECT_EQ(
      failure(file(blocks, "      - shaped: 3\n      - shaped: 5\n      - {dense: 784, as: d}\n")),
      "error[78] t.yaml:5:15: blocks.shaped[0]: reshape [3, 2, 2] needs 12 numbers, got 8; "
      "used at networks.generator.layers[0] (line 10)\n"
      "error[78] t.yaml:5:15: blocks.shaped[0]: reshape [5, 2, 2] needs 20 numbers, got 12; "
      "used at networks.generator.layers[1] (line 11)");
}

TEST(Blocks, SayWhereTheirNumbersComeFrom) {
  const std::string blocks = "blocks:\n  wide(n): [{dense: n / 2}]\n";
  EXPECT_EQ(failure(file(blocks, "      - wide: 5\n      - {dense: 784, as: d}\n")),
            "error[78] t.yaml:5:23: blocks.wide[0].dense: expected a whole number of at least 1, "
            "got 2.5 (n / 2); used at networks.generator.layers[0] (line 10)");
}

TEST(Repeat, ReadsTheNamesAroundIt) {
  EXPECT_EQ(training_graph(file("",
                                "      - repeat: {times: 2, layers: [{concat: y}]}\n"
                                "      - {dense: 784, as: d}\n")),
            training_graph(
                file("", "      - concat: y\n      - concat: y\n      - {dense: 784, as: d}\n")));
}

TEST(Compute, KnowsTheBatch) {
  EXPECT_EQ(training_graph(file("",
                                "      - {dense: 784, as: d}\n"
                                "      - compute: current / batch + uniform([batch, 1])\n")),
            training_graph(file("",
                                "      - {dense: 784, as: d}\n"
                                "      - compute: current / 4 + uniform([batch, 1])\n")));
}

}  // namespace
}  // namespace agon
