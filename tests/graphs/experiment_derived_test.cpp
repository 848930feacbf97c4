#include <gtest/gtest.h>

#include "engine/runtime/executor.h"
#include "graphs/experiment/derived.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "tests/graphs/turns_bench.h"

/// What depends on frozen networks and constants alone is computed once (LANGUAGE.md rule 7).
namespace agon {
namespace {

const Type kRow{DType::F32, {1, 2}};
const Type kMatrix{DType::F32, {2, 2}};

/// A draw that moves x by what a frozen matrix makes of a constant, and logs what it makes of x.
DrawGraph draw_of() {
  DrawGraph draw{
      .graph = std::make_unique<Graph>(all_ops()), .losses = {}, .turns = {}, .left_out = {}};
  Graph& graph = *draw.graph;
  const Value frozen = graph.variable("features.weight", kMatrix);
  const Value x = graph.variable("x", kRow);
  const Value made = exp(matmul(graph.constant({1, 3}, DType::F32, kRow.shape), frozen));
  graph.set_update("x", x + made * 2.0);
  graph.set_output("features", matmul(x, exp(frozen)));
  graph.set_output("made", made);
  return draw;
}

TEST(ComputedOnce, WhatFrozenNetworksMakeOfConstants) {
  const Arrays variables = {{"features.weight", numbers({2, 2}, {0.5, -1, 0.25, 0.125})},
                            {"x", numbers({1, 2}, {1, 2})}};
  const Arrays expected = run_reference(*draw_of().graph, {}, variables);
  TrainingGraphs training;
  training.programs.push_back(draw_of());
  compute_once({"features.weight"}, training);

  ASSERT_NE(training.derived, nullptr);
  EXPECT_EQ(whole_count(*training.derived, "matmul"), 1);
  EXPECT_EQ(whole_count(*training.programs[0].graph, "matmul"), 1) << "that of x";
  // a value without a product is not worth memory
  EXPECT_EQ(whole_count(*training.programs[0].graph, "exp"), 1);
  ASSERT_EQ(training.variables.size(), 2u);
  EXPECT_EQ(training.variables[0].role, VariableDecl::Role::Derived);

  Arrays all = variables;
  take_updates(run_reference(*training.derived, {}, variables), all);
  const Arrays results = run_reference(*training.programs[0].graph, {}, all);
  for (const char* name : {"update:x", "features", "made"})
    EXPECT_EQ(results.at(name).values, expected.at(name).values) << name;
}

TEST(ComputedOnce, NothingOfWhatIsTrained) {
  TrainingGraphs training;
  training.programs.push_back(draw_of());
  compute_once({}, training);
  EXPECT_EQ(training.derived, nullptr);
  EXPECT_EQ(whole_count(*training.programs[0].graph, "matmul"), 2);
}

}  // namespace
}  // namespace agon
