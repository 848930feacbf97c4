#include <gtest/gtest.h>

#include <algorithm>

#include "engine/autodiff/differentiate.h"
#include "engine/base/error.h"
#include "engine/ir/device.h"
#include "engine/ir/print.h"
#include "engine/passes/eliminate_common_subexpressions.h"
#include "engine/passes/pipeline.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "tests/engine/random_graph.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

const Type kVector{DType::F32, {4}};

void place(Value v, Device device = Device::Gpu) {
  Graph::place(*v.node, device);
}

struct Devices : testing::Test {
  Graph graph{test_ops()};
  Value x = graph.input("x", kVector);
  Value w = graph.variable("w", kVector);
};

TEST_F(Devices, AreTheProcessorsUnlessSaidOtherwise) {
  const Value y = x + w;
  EXPECT_EQ(y.node->device(), Device::Cpu);
  place(y);
  EXPECT_EQ(y.node->device(), Device::Gpu);
  EXPECT_EQ((x * w).node->device(), Device::Cpu);
}

TEST_F(Devices, LeavesThatHoldMemoryHaveNone) {
  for (const Value v : {x, w}) {
    place(v);
    EXPECT_EQ(v.node->device(), Device::Cpu);
  }
  const Value number = graph.constant(2);
  place(number);
  EXPECT_EQ(number.node->device(), Device::Gpu);
}

TEST_F(Devices, WhatIsMadeForANodeIsPlacedWithIt) {
  const Value y = tanh(x);
  place(y);
  {
    const Graph::OriginScope scope(graph, *y.node);
    EXPECT_EQ((x + w).node->device(), Device::Gpu);
    {
      const Graph::OriginScope inner(graph, Origin{"gan.yaml", 1, 1, "losses"});
      EXPECT_EQ(neg(x).node->device(), Device::Gpu);
    }
    EXPECT_EQ(graph.input("other", kVector).node->device(), Device::Cpu);
  }
  EXPECT_EQ((x + w).node->device(), Device::Cpu);
}

TEST_F(Devices, GradientsAreComputedWithWhatTheyAreOf) {
  const Value a = tanh(x), b = tanh(a);
  place(a);
  const Value loss = sum(b, {0});
  const std::vector<Value> xs = {x};
  const std::size_t before = graph.nodes().size();
  const Value dx = differentiate(loss, xs)[0];
  EXPECT_EQ(dx.node->device(), Device::Gpu);
  bool both[2] = {false, false};
  for (std::size_t i = before; i < graph.nodes().size(); ++i)
    both[static_cast<int>(graph.nodes()[i]->device())] = true;
  EXPECT_TRUE(both[0] && both[1]);
}

TEST_F(Devices, StandInTheTextAndSurviveIt) {
  place(sum(x + w, {0}));
  graph.set_output("y", graph.nodes().back()->out());
  const std::string text = to_text(graph);
  EXPECT_NE(text.find("sum(%2) {axes: [0], keep: false} @gpu : f32[]"), std::string::npos) << text;
  EXPECT_EQ(canonical(text), text);
  EXPECT_EQ(to_text(*graph.clone()), text);
}

TEST_F(Devices, OfRandomGraphsSurviveText) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto drawn = random_graph(seed);
    place_at_random(*drawn, seed);
    EXPECT_EQ(canonical(to_text(*drawn)), to_text(*drawn));
    EXPECT_EQ(to_text(*drawn->clone()), to_text(*drawn));
  }
}

TEST_F(Devices, InputsCannotBeWrittenWithOne) {
  EXPECT_THROW(canonical("%0 = input {name: \"x\", dtype: f32, shape: [4]} @gpu : f32[4]\n"),
               GraphError);
}

TEST_F(Devices, OfEqualNodesKeepThemApart) {
  const Value here = tanh(x), there = tanh(x), again = tanh(x);
  place(there);
  place(again);
  graph.set_output("y", here * there + again);
  EXPECT_TRUE(eliminate_common_subexpressions(graph));
  EXPECT_EQ(std::ranges::count_if(graph.nodes(), [](const auto& n) { return n->is("tanh"); }), 2);
}

TEST_F(Devices, AreFusedApart) {
  const Value a = tanh(x) * w;
  const Value b = neg(a) + w;
  place(b);
  place(b.node->in(0));
  graph.set_output("y", b);
  run_passes(graph, {.verify = true});
  std::vector<Device> devices;
  for (const auto& node : graph.nodes()) {
    if (node->is("fused")) devices.push_back(node->device());
  }
  EXPECT_EQ(devices, (std::vector{Device::Cpu, Device::Gpu}));
}

/// The same graph twice in one, each on a device, with inputs and variables in common.
std::unique_ptr<Graph> doubled(const Graph& once) {
  auto graph = std::make_unique<Graph>(once.ops());
  for (const Device device : {Device::Cpu, Device::Gpu}) {
    std::unordered_map<const Node*, Node*> twin;
    const auto mapped = [&](Value v) { return Value{twin.at(v.node), v.output}; };
    for (const Node* node : once.topological_order()) {
      std::vector<Value> in;
      for (const Value& v : node->inputs()) in.push_back(mapped(v));
      twin[node] = graph->add(node->op().name, in, node->attrs()).node;
      Graph::place(*twin[node], device);
    }
    const std::string suffix = device == Device::Cpu ? " here" : " there";
    for (const auto& [name, value] : once.outputs())
      graph->set_output(name + suffix, mapped(value));
    for (const auto& [name, value] : once.updates())
      graph->set_output("new " + name + suffix, mapped(value));
  }
  return graph;
}

void expect_all_on(Device device, Value result, const std::string& after) {
  std::vector<const Node*> stack{result.node};
  while (!stack.empty()) {
    const Node* node = stack.back();
    stack.pop_back();
    const bool leaf = node->is("input") || node->is("variable");
    ASSERT_TRUE(leaf || node->device() == device) << "after " << after;
    for (const Value& v : node->inputs()) stack.push_back(v.node);
  }
}

TEST_F(Devices, AreChangedByNoPass) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto both = doubled(*random_graph(seed));
    run_passes(*both, {.after = [&](const std::string& pass, const Graph& now) {
      for (const auto& [name, value] : now.outputs())
        expect_all_on(name.ends_with(" here") ? Device::Cpu : Device::Gpu, value, pass);
    }});
    if (HasFatalFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace agon
