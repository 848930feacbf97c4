#include "engine/autodiff/differentiate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "engine/runtime/executor.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

const Type kScalar{DType::F64, {}};

/// The value of `v` where the inputs of the graph have the values given.
double value_of(Graph& graph, Value v, const std::map<std::string, double>& at) {
  std::map<std::string, NdArray> inputs;
  for (const auto& [name, x] : at) inputs[name] = NdArray(kScalar, {x});
  graph.set_output("probe", v);
  return run_reference(graph, inputs, {}).at("probe")[0];
}

struct Fixture : testing::Test {
  Graph graph{test_ops()};
  Value a = graph.input("a", kScalar);
  Value b = graph.input("b", kScalar);
  const std::map<std::string, double> at = {{"a", 0.7}, {"b", -1.3}};

  Value grad(Value y, Value x) { return differentiate(y, std::vector{x})[0]; }
  Value op(const char* name, Value x, Value y) { return graph.add(name, {x, y}); }
};
using Differentiate = Fixture;

TEST_F(Differentiate, SeveralReadersAreSummed) {
  const Value y = a * a * b + a;  // dy/da = 2ab + 1, dy/db = a^2
  const auto grads = differentiate(y, std::vector{a, b});
  EXPECT_DOUBLE_EQ(value_of(graph, grads[0], at), 2 * 0.7 * -1.3 + 1);
  EXPECT_DOUBLE_EQ(value_of(graph, grads[1], at), 0.7 * 0.7);
}

TEST_F(Differentiate, GradientsDifferentiateAgain) {
  const Value y = a * a * a * b;
  const Value second = grad(grad(y, a), a);  // 6ab
  EXPECT_NEAR(value_of(graph, second, at), 6 * 0.7 * -1.3, 1e-12);
  EXPECT_NEAR(value_of(graph, grad(second, b), at), 6 * 0.7, 1e-12);
}

TEST_F(Differentiate, TheNormOfAGradientHasAGradient) {
  const Value dx = grad(tanh(a * b), a);  // b (1 - tanh^2(ab))
  const Value penalty = (sqrt(dx * dx) - 1) * (sqrt(dx * dx) - 1);
  const auto f = [](double x, double w) {
    const double t = std::tanh(x * w);
    const double norm = std::abs(w * (1 - t * t));
    return (norm - 1) * (norm - 1);
  };
  constexpr double kStep = 1e-6;
  const double expected = (f(0.7, -1.3 + kStep) - f(0.7, -1.3 - kStep)) / (2 * kStep);
  EXPECT_NEAR(value_of(graph, grad(penalty, b), at), expected, 1e-7);
}

TEST_F(Differentiate, StopsAtEachX) {
  const Value h = a * 3;
  const Value y = h * a;
  const auto grads = differentiate(y, std::vector{a, h});
  EXPECT_DOUBLE_EQ(value_of(graph, grads[0], at), 3 * 0.7) << "h does not count";
  EXPECT_DOUBLE_EQ(value_of(graph, grads[1], at), 0.7);
  EXPECT_DOUBLE_EQ(value_of(graph, grad(y, a), at), 6 * 0.7) << "h counts when it is no x";
}

TEST_F(Differentiate, WithRespectToItselfIsOne) {
  const Value y = a * b;
  const auto grads = differentiate(y, std::vector{y, a});
  EXPECT_DOUBLE_EQ(value_of(graph, grads[0], at), 1);
  EXPECT_FALSE(grads[1]) << "the walk stops at y";
}

TEST_F(Differentiate, NothingWhereNothingDepends) {
  EXPECT_FALSE(grad(a * 2, b));
  EXPECT_FALSE(grad(stop_gradient(a) * b, a));
  EXPECT_FALSE(grad(greater(a, b), a));
}

TEST_F(Differentiate, PartsOfANodeOfSeveralOutputs) {
  const Value y = graph.add("halves", {a});
  const Value z{y.node, 1};
  EXPECT_DOUBLE_EQ(value_of(graph, grad(y * 1.0, a), at), 0.5);
  EXPECT_DOUBLE_EQ(value_of(graph, grad(z * z, a), at), 2 * 1.5 * 1.5 * 0.7);
  EXPECT_NEAR(value_of(graph, grad(y * z, a), at), 2 * 0.75 * 0.7, 1e-15);
}

TEST_F(Differentiate, IntegersAreRefused) {
  try {
    grad(convert(a, DType::I32), a);
    FAIL() << "accepted";
  } catch (const GraphError& e) {
    EXPECT_STREQ(e.what(), "grad: expects a floating value, got i32[]");
  }
}

TEST_F(Differentiate, CompositesGoThroughTheirMeaning) {
  const Value y = op("blend", a, b);  // tanh(a^2 + b^2) + a
  const double t = std::tanh(0.7 * 0.7 + 1.3 * 1.3);
  const auto grads = differentiate(y, std::vector{a, b});
  EXPECT_NEAR(value_of(graph, grads[0], at), (1 - t * t) * 2 * 0.7 + 1, 1e-14);
  EXPECT_NEAR(value_of(graph, grads[1], at), (1 - t * t) * 2 * -1.3, 1e-14);
  const double second = (1 - t * t) * 2 - 2 * t * (1 - t * t) * 4 * 0.7 * 0.7;
  EXPECT_NEAR(value_of(graph, grad(grads[0], a), at), second, 1e-13);
  EXPECT_NEAR(value_of(graph, grad(op("square_sum", a, a), a), at), 4 * 0.7, 1e-15);
}

TEST_F(Differentiate, CompositesStayForThoseWhoHoldThem) {
  const Value h = op("square_sum", a, b);
  const Value y = h * h;
  EXPECT_TRUE(grad(y, a));
  // the value held before can still be asked about, also together with what it is made of
  EXPECT_DOUBLE_EQ(value_of(graph, grad(y, h), at), 2 * (0.7 * 0.7 + 1.3 * 1.3));
  const auto both = differentiate(h * a, std::vector{a, h});
  EXPECT_DOUBLE_EQ(value_of(graph, both[0], at), 0.7 * 0.7 + 1.3 * 1.3);
  EXPECT_DOUBLE_EQ(value_of(graph, both[1], at), 0.7);
  verify(graph);
}

TEST_F(Differentiate, GradientNodesKeepTheOriginOfWhatTheyComeFrom) {
  Value y;
  {
    const Graph::OriginScope scope(graph, Origin{"gan.yaml", 9, 3, "losses.d"});
    y = tanh(a);
  }
  const Value dx = grad(y, a);
  EXPECT_TRUE(dx.node->is_gradient());
  EXPECT_EQ(dx.node->origin().line, 9);
  EXPECT_FALSE(y.node->is_gradient());
}

TEST(DifferentiateTensors, IsTheGradientOfTheSumOfAllElements) {
  Graph graph(test_ops());
  const Type matrix{DType::F32, {2, 3}};
  const Value x = graph.input("x", matrix);
  const Value row = graph.input("row", {DType::F32, {1, 3}});
  const auto grads = differentiate(x * row, std::vector{x, row});
  graph.set_output("dx", grads[0]);
  graph.set_output("drow", grads[1]);
  const auto results = run_reference(
      graph, {{"x", NdArray(matrix, {1, 2, 3, 4, 5, 6})}, {"row", NdArray(row.type(), {7, 8, 9})}},
      {});
  EXPECT_EQ(results.at("dx").values, (std::vector<double>{7, 8, 9, 7, 8, 9}));
  EXPECT_EQ(results.at("drow").values, (std::vector<double>{5, 7, 9}));
}

}  // namespace
}  // namespace agon
