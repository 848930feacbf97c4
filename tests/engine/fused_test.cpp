#include "engine/ir/fused.h"

#include <gtest/gtest.h>

#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "engine/runtime/executor.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

/// y = (a + b) * a and its sum over axis 0, fused.
TEST(Fused, PrintsParsesAndEvaluatesItsBody) {
  const Type matrix{DType::F32, {2, 3}}, row{DType::F32, {1, 3}};
  Graph body(test_ops());
  const Value a = body.input("0", matrix), b = body.input("1", row);
  const Value y = (a + b) * a;
  body.set_output("0", y);
  body.set_output("1", sum(y, {0}, true));

  Graph graph(test_ops());
  const auto outputs = add_fused(graph, body, {graph.input("a", matrix), graph.input("b", row)});
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(outputs[1].type(), (Type{DType::F32, {1, 3}}));
  graph.set_output("y", outputs[0]);
  graph.set_output("s", outputs[1]);
  EXPECT_EQ(to_text(*parse_graph(to_text(graph), test_ops())), to_text(graph));
  verify(graph);

  const auto got = run_reference(
      graph, {{"a", NdArray(matrix, {1, 2, 3, 4, 5, 6})}, {"b", NdArray(row, {10, 20, 30})}}, {});
  EXPECT_EQ(got.at("y").values, (std::vector<double>{11, 44, 99, 56, 125, 216}));
  EXPECT_EQ(got.at("s").values, (std::vector<double>{67, 169, 315}));
}

TEST(Fused, RefusesInputsThatTheBodyDoesNotExpect) {
  Graph body(test_ops());
  body.set_output("0", exp(body.input("0", {DType::F32, {2}})));
  Graph graph(test_ops());
  const Value x = graph.input("x", {DType::F32, {3}});
  try {
    add_fused(graph, body, {x});
    FAIL();
  } catch (const GraphError& e) {
    EXPECT_STREQ(e.what(), "fused: input 0 of the body expects f32[2], got f32[3]");
  }
}

}  // namespace
}  // namespace agon
