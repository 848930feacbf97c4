#include "graphs/experiment/placement.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "graphs/experiment/training.h"
#include "tests/graphs/drawn_facts.h"
#include "tests/graphs/findings.h"
#include "tests/graphs/turns_bench.h"
#include "tests/sound_experiment.h"

/// Which device computes which node of an experiment's graphs.
namespace agon {
namespace {

const std::string kPair = R"(agon: 1
name: pair
device: auto
data: {source: rings}
blocks:
  hidden: [{dense: 8}, batch_norm, {compute: current * 2}, relu]
networks:
  g:
    input: {z: [4]}
    device: auto
    average: 0.9
    layers: [hidden, {dense: 2}]
  d:
    input: {x: [2]}
    device: auto
    layers: [{dense: {units: 8, spectral_norm: true}}, relu, {dense: 1}]
)" + point_gan_turns() + R"(train: {steps: 4, batch: 8}
)";

Experiment experiment_of(const std::string& text) {
  return read_experiment_text(text, "t.yaml", ".", {}, drawn_facts);
}

/// What a node belongs to: "networks.g", "losses.d'" (a gradient), "step.real", "added", an input.
std::string owner(const Node& node) {
  if (node.is("input")) return "input";
  if (node.is("variable")) return "variable " + node.attrs_as<LeafAttrs>().name;
  const std::string& path = node.origin().path;
  const std::size_t dot = path.find('.');
  if (dot == std::string::npos) return "added";
  return path.substr(0, path.find_first_of(".[/", dot + 1)) + (node.is_gradient() ? "'" : "");
}

/// By owner, the devices of its nodes: "cpu", "gpu", "cpu and gpu"; constants are everywhere.
std::map<std::string, std::string> devices_by_owner(const Graph& graph,
                                                    const Placement& placement) {
  const auto devices = devices_of(graph, placement);
  std::map<std::string, std::set<std::string>> found;
  for (const auto& node : graph.nodes()) {
    if (node->is("constant")) continue;
    found[owner(*node)].insert(devices.at(node.get()) == Device::Gpu ? "gpu" : "cpu");
  }
  for (const Graph::Named& update : graph.updates())
    found["new " + update.name].insert(devices.at(update.value.node) == Device::Gpu ? "gpu"
                                                                                    : "cpu");
  std::map<std::string, std::string> texts;
  for (const auto& [name, all] : found)
    texts[name] = joined(std::vector<std::string>(all.begin(), all.end()), " and ");
  return texts;
}

struct PlacementCase {
  std::string title;
  std::vector<std::pair<std::string, std::string>> edits;
  Device open = Device::Cpu;
  std::map<std::string, std::string> expected = {};
};

class PlacementCases : public testing::TestWithParam<PlacementCase> {};

TEST_P(PlacementCases, NodesAreWhereTheFileSays) {
  const Experiment experiment = experiment_of(edited(kPair, GetParam().edits));
  const Plan plan = build_plan(experiment, all_ops());
  const auto found = devices_by_owner(*plan.training.programs[0].graph,
                                      placement_of(experiment.sections, GetParam().open));
  EXPECT_FALSE(found.contains("blocks.hidden")) << "it belongs to the network that uses it";
  for (const auto& [name, device] : GetParam().expected) {
    ASSERT_TRUE(found.contains(name)) << name;
    EXPECT_EQ(found.at(name), device) << name;
  }
}

const std::pair<std::string, std::string> kGeneratorOnGpu = {"device: auto\n    average",
                                                             "device: cuda\n    average"};
const std::pair<std::string, std::string> kDiscriminatorOnCpu = {
    "device: auto\n    layers: [{dense: {", "device: cpu\n    layers: [{dense: {"};

INSTANTIATE_TEST_SUITE_P(
    All, PlacementCases,
    testing::Values(
        PlacementCase{
            "nothing said, a machine without GPU",
            {},
            Device::Cpu,
            {{"networks.g", "cpu"}, {"losses.ld", "cpu"}, {"new g.dense1.weight", "cpu"}}},
        PlacementCase{"auto, on the GPU",
                      {},
                      Device::Gpu,
                      {{"input", "cpu"},
                       {"networks.g", "gpu"},
                       {"networks.g'", "gpu"},
                       {"networks.d", "gpu"},
                       {"losses.ld", "gpu"},
                       {"step.real", "gpu"},
                       {"step.z", "gpu"},
                       {"optimizers.g", "gpu"},
                       {"optimizers.d", "gpu"},
                       {"new optimizers.g.t", "gpu"}}},
        PlacementCase{"a network of its own: its layers, those of blocks, its gradients, moments, "
                      "averages and statistics",
                      {kGeneratorOnGpu},
                      Device::Cpu,
                      {{"networks.g", "gpu"},
                       {"networks.g'", "gpu"},
                       {"networks.d", "cpu"},
                       {"networks.d'", "cpu"},
                       {"losses.lg", "cpu"},
                       {"losses.lg'", "cpu"},
                       {"step.z", "cpu"},
                       {"variable g.hidden1/dense1.weight", "gpu"},
                       {"variable d.dense1.weight", "cpu"},
                       {"new g.hidden1/dense1.weight", "gpu"},
                       {"new g.hidden1/batch_norm1.running_mean", "gpu"},
                       {"new average/g.dense1.weight", "gpu"},
                       {"new optimizers.g.exp_avg/g.dense1.weight", "gpu"},
                       {"new optimizers.g.t", "cpu"},
                       {"new d.dense1.weight", "cpu"},
                       {"new d.dense1.weight_u", "cpu"},
                       {"new optimizers.d.exp_avg_sq/d.dense1.weight", "cpu"},
                       {"optimizers.d", "cpu"}}},
        PlacementCase{"one network kept on the processors",
                      {{"device: auto", "device: cuda:1"}, kDiscriminatorOnCpu},
                      Device::Cpu,
                      {{"networks.g", "gpu"},
                       {"networks.d", "cpu"},
                       {"losses.ld", "gpu"},
                       {"new d.dense1.weight_u", "cpu"},
                       {"new optimizers.d.exp_avg/d.dense1.weight", "cpu"},
                       {"new optimizers.d.t", "gpu"}}},
        PlacementCase{"a value under step:",
                      {{"device: auto}", "device: cpu}"}},
                      Device::Gpu,
                      {{"step.real", "cpu"}, {"step.z", "gpu"}, {"networks.d", "gpu"}}},
        PlacementCase{"gradients of two devices under one norm: squares are summed where they lie",
                      {kGeneratorOnGpu,
                       {"{minimize: ld, update: d, adam: 1e-3}",
                        "{minimize: ld + lg, update: [d, g], clip_norm: 1, adam: 1e-3}"}},
                      Device::Cpu,
                      {{"new optimizers.d.exp_avg/g.dense1.weight", "gpu"},
                       {"new optimizers.d.exp_avg/d.dense1.weight", "cpu"}}}),
    [](const auto& of) {
      std::string name;
      for (const char c : of.param.title) name += std::isalnum(c) != 0 ? c : '_';
      return name;
    });

/// Of a gradient on the GPU only its square's sum, one number, goes to the processors.
TEST(Placement, SumsOverGradientsAreFoldedWhereTheyLie) {
  const Experiment experiment = experiment_of(
      edited(kPair, {kGeneratorOnGpu,
                     {"{minimize: ld, update: d, adam: 1e-3}",
                      "{minimize: ld + lg, update: [d, g], clip_norm: 1, adam: 1e-3}"}}));
  const Plan plan = build_plan(experiment, all_ops());
  const Graph& graph = *plan.training.programs[0].graph;
  const auto devices = devices_of(graph, placement_of(experiment.sections, Device::Cpu));
  for (const auto& node : graph.nodes()) {
    if (owner(*node) != "optimizers.d" || node->is("constant")) continue;
    for (const Value& in : node->inputs()) {
      const bool crosses = devices.at(in.node) != devices.at(node.get());
      if (!crosses || in.node->is("constant") || in.node->is("input")) continue;
      EXPECT_LE(in.type().bytes(), 8u) << node->op().name << " reads " << owner(*in.node);
    }
  }
}

TEST(Placement, OfEveryGraphThatAnExperimentHas) {
  const Experiment experiment =
      experiment_of(edited(kPair, {kGeneratorOnGpu}) +
                    "sample: {image: fake}\nevaluate: {metrics: [losses], count: 10, batch: 8}\n");
  const Plan plan = build_plan(experiment, all_ops());
  const Placement placement = placement_of(experiment.sections, Device::Cpu);
  for (const Graph* graph : {plan.samples[0].graph.get(), plan.evaluations[0].graph.get(),
                             plan.evaluations[0].last.get()})
    EXPECT_EQ(devices_by_owner(*graph, placement).at("networks.g"), "gpu");
}

TEST(Placement, WhatTheFileSays) {
  const auto of = [](const std::vector<std::pair<std::string, std::string>>& edits, Device open) {
    return placement_of(experiment_of(edited(kPair, edits)).sections, open);
  };
  EXPECT_FALSE(of({}, Device::Cpu).uses(Device::Gpu));
  EXPECT_FALSE(of({}, Device::Gpu).is_mixed());
  EXPECT_TRUE(of({kGeneratorOnGpu}, Device::Cpu).is_mixed());
  EXPECT_EQ(of({{"device: auto", "device: cuda:3"}}, Device::Cpu).accelerator, 3);
  EXPECT_EQ(of({{"device: auto", "device: cpu"}}, Device::Gpu).rest, Device::Cpu);
  EXPECT_EQ(of({{"device: auto\n", ""}}, Device::Gpu).rest, Device::Gpu);
}

TEST(Placement, OneAcceleratorAnExperiment) {
  EXPECT_EQ(findings_of(edited(kPair, {{"device: auto", "device: cuda:1"}, kGeneratorOnGpu})),
            "error[78] t.yaml:10:13: networks.g.device: cuda beside cuda:1 (line 3); an experiment "
            "is computed by the processors and one GPU");
  EXPECT_EQ(findings_of(edited(kPair, {{"device: auto", "device: cuda"},
                                       {"device: auto\n    average", "device: cuda:0\n    average"},
                                       {"* 2, device: auto", "* 2, device: cuda:00"}})),
            findings_of(kPair));
}

TEST(Placement, DevicesThatAreNone) {
  for (const std::string wrong : {"gpu", "cuda:x", "cuda:100", "[cpu]"}) {
    expect_finding(edited(kPair, {{"device: auto}", "device: " + wrong + "}"}}),
                   "t.yaml:18:41: step.real.device: expected auto, cpu or cuda:N, got");
  }
  expect_finding(edited(kPair, {{"value: data.point * 2", "valeu: data.point * 2"}}),
                 "t.yaml:18:10: step.real.valeu: unknown key 'valeu' in step_value; did you mean "
                 "'value'?");
}

}  // namespace
}  // namespace agon
