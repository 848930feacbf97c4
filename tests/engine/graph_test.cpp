#include "engine/ir/graph.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "ops/pointwise/pointwise.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

const Type kVector{DType::F32, {4}};

struct GraphRewrites : testing::Test {
  Graph graph{test_ops()};
  Value x = graph.input("x", kVector);
  Value y = graph.input("y", kVector);
};

TEST_F(GraphRewrites, ReplacingReachesEveryReaderOfThatOutputAndNoOther) {
  const Value halves = graph.add("halves", {x});
  const Value second{halves.node, 1};
  const Value both = halves + second;
  const Value twice = halves * halves;
  graph.set_output("both", both);
  graph.set_output("twice", twice);
  graph.set_output("itself", halves);
  graph.set_update("v", halves);
  graph.replace(halves, y);
  EXPECT_EQ(both.node->in(0), y);
  EXPECT_EQ(both.node->in(1), second);
  EXPECT_EQ(twice.node->in(0), y);
  EXPECT_EQ(twice.node->in(1), y);
  EXPECT_EQ(graph.outputs()[2].value, y);
  EXPECT_EQ(graph.updates()[0].value, y);
  // what was rewired is found under its new input, what was not under the old
  graph.replace(y, x);
  EXPECT_EQ(twice.node->in(0), x);
  graph.replace(second, x);
  EXPECT_EQ(both.node->in(1), x);
}

TEST_F(GraphRewrites, ReplacingFindsReadersThatWereRewiredOneByOne) {
  const Value sum = x + x;
  graph.replace_input(*sum.node, 1, y);
  graph.replace(y, tanh(x));
  EXPECT_TRUE(sum.node->in(1).node->is("tanh"));
  EXPECT_EQ(sum.node->in(0), x);
}

TEST_F(GraphRewrites, ReplacingFindsReadersAfterDeadNodesAreGone) {
  neg(x);  // read by nobody
  const Value kept = tanh(x);
  graph.set_output("kept", kept);
  EXPECT_EQ(graph.remove_dead(), 2);  // neg and y
  const Value fresh = graph.input("y", kVector);
  graph.replace(x, fresh);
  EXPECT_EQ(kept.node->in(0), fresh);
  EXPECT_EQ(graph.input("y", kVector), fresh);
}

TEST_F(GraphRewrites, ResequencingMakesIdsPositions) {
  const Value a = neg(x), b = tanh(y);
  graph.resequence({y.node, b.node, x.node, a.node});
  std::vector<int> ids;
  for (const auto& node : graph.nodes()) ids.push_back(node->id());
  EXPECT_EQ(ids, (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(graph.nodes()[1].get(), b.node);
  EXPECT_EQ(graph.topological_order()[2], x.node);
  EXPECT_GT((a + b).node->id(), a.node->id());
}

TEST_F(GraphRewrites, ResequencingRefusesWhatIsNoOrderOfTheNodes) {
  const Value a = neg(x);
  Graph other(test_ops());
  const Value foreign = other.input("x", kVector);
  const auto refusal = [&](const std::vector<Node*>& order) -> std::string {
    try {
      graph.resequence(order);
    } catch (const InternalError& e) {
      return e.what();
    }
    return "accepted";
  };
  EXPECT_EQ(refusal({x.node, y.node}), "resequence: expected 3 nodes, got 2");
  EXPECT_EQ(refusal({a.node, x.node, y.node}), "resequence: a node before its input");
  EXPECT_EQ(refusal({x.node, x.node, a.node}), "resequence: a node of another graph, or one twice");
  EXPECT_EQ(refusal({foreign.node, y.node, a.node}),
            "resequence: a node of another graph, or one twice");
  EXPECT_EQ(graph.nodes()[0].get(), x.node);
}

}  // namespace
}  // namespace agon
