#include "engine/passes/fuse.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/ir/fused.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "engine/passes/pipeline.h"
#include "engine/runtime/executor.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "tests/engine/random_graph.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

/// The ops of each fused node, "sub mul sum", in order.
std::vector<std::string> bodies(const Graph& graph) {
  std::vector<std::string> all;
  for (const auto& node : graph.nodes()) {
    if (!node->is("fused")) continue;
    std::string ops;
    const auto body = fused_body(*node);
    for (const auto& inner : body->nodes()) {
      if (inner->is("input") || inner->is("constant")) continue;
      ops += (ops.empty() ? "" : " ") + inner->op().name;
    }
    all.push_back(ops);
  }
  return all;
}

using Bodies = std::vector<std::string>;
const Type kPicture{DType::F32, {4, 5, 5, 8}};
const Type kChannel{DType::F32, {1, 1, 1, 8}};

class Fuse : public testing::Test {
 protected:
  Value x(const char* name = "x") { return graph_.input(name, kPicture); }
  Value c(const char* name = "c") { return graph_.input(name, kChannel); }
  Bodies fused() {
    fuse(graph_);
    verify(graph_);
    return bodies(graph_);
  }
  Graph graph_{test_ops()};
};

TEST_F(Fuse, AChainIsOne) {
  graph_.set_output("y", tanh(x() * c() + c("b")));
  EXPECT_EQ(fused(), Bodies{"mul add tanh"});
}

TEST_F(Fuse, OnePointwiseNodeIsARegionButNotOneFold) {
  graph_.set_output("y", tanh(x()));
  graph_.set_output("z", sum(x("z"), {0, 1, 2}, true));
  EXPECT_EQ(fused(), Bodies{"tanh"});
}

TEST_F(Fuse, BatchNormalizationIsThreePassesWithoutMemoryBetween) {
  const Value mean_of = mean(x(), {0, 1, 2}, true);
  const Value away = x() - mean_of;
  const Value variance = mean(away * away, {0, 1, 2}, true);
  graph_.set_output("y", relu(away / sqrt(variance + 1e-5) * c()));
  // after the mean's division; x - mean is computed again where it is needed, not stored
  EXPECT_EQ(fused(), (Bodies{"div", "sub mul sum", "div add sqrt", "sub div mul relu"}));
}

TEST_F(Fuse, FoldsOfOneTensorShareItsReading) {
  graph_.set_output("a", sum(x() * x("y"), {0, 1, 2}, true));
  graph_.set_output("b", sum(x(), {0, 1, 2}, true));
  EXPECT_EQ(fused(), Bodies{"mul sum sum"});
}

TEST_F(Fuse, WhatDependsOnAFoldIsAnotherPass) {
  const Value total = sum(x(), {0, 1, 2}, true);
  graph_.set_output("a", total);
  graph_.set_output("b", sum(tanh(x() * total), {0, 1, 2}, true));
  EXPECT_EQ(fused(), Bodies{"mul tanh sum"});
}

/// y needs z through the product: one kernel for both would wait for itself.
TEST_F(Fuse, DoesNotCloseACycleThroughOtherNodes) {
  const Type square{DType::F32, {8, 8}};
  const Value a = graph_.input("a", square);
  const Value z = tanh(a * 2.0);
  graph_.set_output("y", exp(a + matmul(z, z)));
  EXPECT_EQ(fused(), (Bodies{"mul tanh", "add exp"}));
}

/// The sum shares most with the products of b, which would part it from the tanh that it reads.
TEST_F(Fuse, RegionsThatReadOneAnotherAreOne) {
  const Type square{DType::F32, {8, 8}};
  const Value b = graph_.input("b", square);
  const Value first = tanh(graph_.input("a", square)), second = exp(b * 2.0);
  graph_.set_output("y", first + second * b);
  graph_.set_output("m", matmul(first, second));
  EXPECT_EQ(fused(), Bodies{"tanh mul exp mul add"});
}

TEST_F(Fuse, WhatIsDearAndReadTwiceApartIsStored) {
  const Value dear = tanh(exp(x()));
  const Value total = sum(dear, {0, 1, 2}, true);
  graph_.set_output("y", dear * total);
  EXPECT_EQ(fused(), (Bodies{"exp tanh sum", "mul"}));
}

TEST_F(Fuse, AnUpdateWritesAllItsResultsAtOnce) {
  const Type type{DType::F32, {64, 32}};
  const Value w = graph_.variable("w", type), m = graph_.variable("m", type);
  const Value g = graph_.input("g", type);
  const Value next = m * 0.9 + g * 0.1;
  graph_.set_update("m", next);
  graph_.set_update("w", w - next * 0.01);
  EXPECT_EQ(fused(), Bodies{"mul mul add mul sub"});
}

TEST_F(Fuse, ScalarsOfAnyTypeGoTogether) {
  const Value t = graph_.variable("t", {DType::F64, {}});
  const Value next = t + 1.0;
  graph_.set_update("t", next);
  graph_.set_output("rate", convert(1.0 - pow(graph_.constant(0.9, DType::F64), next), DType::F32));
  EXPECT_EQ(fused(), Bodies{"add pow sub convert"});
}

TEST_F(Fuse, FoldsOverSeparateGroupsOfAxesStayAlone) {
  graph_.set_output("y", sum(tanh(x() * 2.0), {0, 2}, true));
  EXPECT_EQ(fused(), Bodies{"mul tanh"});
}

TEST_F(Fuse, StandsWhereItsFirstResultStood) {
  graph_.set_output("y", tanh(x() * 2.0));
  const Value late =
      matmul(graph_.input("a", {DType::F32, {8, 8}}), graph_.input("b", {DType::F32, {8, 8}}));
  graph_.set_output("z", late);
  fuse(graph_);
  EXPECT_TRUE(graph_.nodes().back()->is("matmul"));
}

/// Results of the judge by name, for values that are functions of the seed.
std::map<std::string, NdArray> judged(const Graph& graph) {
  std::map<std::string, NdArray> inputs, variables;
  int salt = 0;
  for (const auto& node : graph.nodes()) {
    if (!node->is("input") && !node->is("variable")) continue;
    NdArray array(node->out_type());
    const auto& name = node->attrs_as<LeafAttrs>().name;
    for (std::int64_t i = 0; i < array.size(); ++i)
      array[i] = std::sin(static_cast<double>(i * 7 + ++salt) + static_cast<double>(name.back()));
    array.round_to_type();
    (node->is("input") ? inputs : variables)[name] = array;
    salt = 0;
  }
  return run_reference(graph, inputs, variables);
}

class FuseRandom : public testing::TestWithParam<std::uint64_t> {};

/// The same operations on the same numbers: not one bit differs.
TEST_P(FuseRandom, MeansWhatTheGraphMeant) {
  const auto graph = random_graph(GetParam());
  const std::vector<std::string> disabled = {"fuse"};
  run_passes(*graph, {disabled, true, nullptr});
  const auto before = judged(*graph);
  fuse(*graph);
  verify(*graph);
  const auto after = judged(*graph);
  ASSERT_EQ(before.size(), after.size());
  for (const auto& [name, array] : before) EXPECT_EQ(array.values, after.at(name).values) << name;
}

INSTANTIATE_TEST_SUITE_P(Seeds, FuseRandom, testing::Range<std::uint64_t>(0, 200));

}  // namespace
}  // namespace agon
