#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/autodiff/differentiate.h"
#include "engine/base/philox.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "engine/passes/pipeline.h"
#include "engine/passes/simplify.h"
#include "engine/runtime/executor.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "tests/ops/harness_checks.h"

/// Rules about sums: what they are made into, and that it is the same.
namespace agon::op_cases {
namespace {

struct SumCase {
  std::string label;
  std::string before;  // from %3 on, %4 being what is given out
  std::string after;   // the ops that are left but for leaves, in order
};

void PrintTo(const SumCase& c, std::ostream* out) {
  *out << c.label;
}

// %0 = x [3, 4], %1 = c [1, 4], %2 = s []
const SumCase kCases[] = {
    {"times_a_row", "%3 = mul(%0, %1) : T[3, 4]\n%4 = sum(%3) {axes: [0], keep: true} : T[1, 4]",
     "sum mul"},
    {"row_times", "%3 = mul(%1, %0) : T[3, 4]\n%4 = sum(%3) {axes: [0], keep: true} : T[1, 4]",
     "sum mul"},
    {"over_the_row_s_own_axis_stays",
     "%3 = mul(%0, %1) : T[3, 4]\n%4 = sum(%3) {axes: [1], keep: true} : T[3, 1]", "mul sum"},
    {"over_all_axes_stays",
     "%3 = mul(%0, %1) : T[3, 4]\n%4 = sum(%3) {axes: [0, 1], keep: false} : T[]", "mul sum"},
    {"times_a_number", "%3 = mul(%0, %2) : T[3, 4]\n%4 = sum(%3) {axes: [0, 1]} : T[]", "sum mul"},
    {"by_a_row", "%3 = div(%0, %1) : T[3, 4]\n%4 = sum(%3) {axes: [0]} : T[4]", "sum div reshape"},
    {"row_by_stays", "%3 = div(%1, %0) : T[3, 4]\n%4 = sum(%3) {axes: [0]} : T[4]", "div sum"},
    {"negated", "%3 = neg(%0) : T[3, 4]\n%4 = sum(%3) {axes: [0]} : T[4]", "sum neg"},
    {"products",
     "%5 = mul(%0, %1) : T[3, 4]\n%3 = mul(%5, %0) : T[3, 4]\n"
     "%4 = sum(%3) {axes: [0], keep: true} : T[1, 4]",
     "mul sum mul"},
    {"deviations",
     "%5 = sum(%0) {axes: [0], keep: true} : T[1, 4]\n%6 = constant {dtype: T, shape: [], values: "
     "[3]} : T[]\n%7 = div(%5, %6) : T[1, 4]\n%3 = sub(%0, %7) : T[3, 4]\n"
     "%4 = sum(%3) {axes: [0], keep: true} : T[1, 4]",
     ""},
    {"deviations_from_another_mean_stay",
     "%5 = sum(%0) {axes: [0], keep: true} : T[1, 4]\n%6 = constant {dtype: T, shape: [], values: "
     "[4]} : T[]\n%7 = div(%5, %6) : T[1, 4]\n%3 = sub(%0, %7) : T[3, 4]\n"
     "%4 = sum(%3) {axes: [0], keep: true} : T[1, 4]",
     "sum div sub sum"},
    {"deviations_along_another_axis_stay",
     "%5 = sum(%0) {axes: [0], keep: true} : T[1, 4]\n%6 = constant {dtype: T, shape: [], values: "
     "[4]} : T[]\n%7 = div(%5, %6) : T[1, 4]\n%3 = sub(%0, %7) : T[3, 4]\n"
     "%4 = sum(%3) {axes: [1], keep: true} : T[3, 1]",
     "sum div sub sum"},
    {"plus_scaled_deviations",
     "%5 = sum(%0) {axes: [0], keep: true} : T[1, 4]\n%6 = constant {dtype: T, shape: [], values: "
     "[3]} : T[]\n%7 = div(%5, %6) : T[1, 4]\n%8 = sub(%0, %7) : T[3, 4]\n"
     "%9 = mul(%1, %8) : T[3, 4]\n%10 = mul(%0, %0) : T[3, 4]\n%3 = add(%10, %9) : T[3, 4]\n"
     "%4 = sum(%3) {axes: [0], keep: true} : T[1, 4]",
     "mul sum"},
    {"plus_something_stays",
     "%5 = mul(%0, %0) : T[3, 4]\n%3 = add(%0, %5) : T[3, 4]\n%4 = sum(%3) {axes: [0]} : T[4]",
     "mul add sum"},
};

class SumRules : public testing::TestWithParam<SumCase> {};

std::string with(std::string text, const std::string& type) {
  for (auto at = text.find('T'); at != std::string::npos; at = text.find('T'))
    text.replace(at, 1, type);
  return text;
}

std::map<std::string, NdArray> drawn_leaves(const Graph& graph) {
  std::map<std::string, NdArray> values;
  RandomStream random(5, "sums");
  for (const auto& node : graph.nodes()) {
    if (!node->is("input")) continue;
    NdArray array(node->out_type());
    for (double& value : array.values) value = 0.5 + random.uniform();
    values[node->attrs_as<LeafAttrs>().name] = array;
  }
  return values;
}

void expect_the_same(const Graph& plain, const Graph& simplified) {
  const auto values = drawn_leaves(plain);
  const auto want = run_reference(plain, values, {});
  const auto results = run_reference(simplified, values, {});
  EXPECT_EQ(results.size(), want.size());
  for (const auto& [name, got] : results) {
    for (std::int64_t i = 0; i < got.size(); ++i)
      EXPECT_NEAR(got[i], want.at(name)[i], 1e-11) << name << " " << i;
  }
}

TEST_P(SumRules, KeepWhatIsMeant) {
  const std::string leaves =
      "%0 = input {name: \"x\", dtype: T, shape: [3, 4]} : T[3, 4]\n"
      "%1 = input {name: \"c\", dtype: T, shape: [1, 4]} : T[1, 4]\n"
      "%2 = input {name: \"s\", dtype: T, shape: []} : T[]\n";
  const auto plain =
      parse_graph(with(leaves + GetParam().before + "\noutput \"y\" = %4\n", "f64"), all_ops());
  const auto simplified = plain->clone();
  simplify(*simplified);
  std::string ops;
  for (const Node* node : simplified->topological_order()) {
    if (node->is("input") || node->is("constant")) continue;
    ops += (ops.empty() ? "" : " ") + node->op().name;
  }
  EXPECT_EQ(ops, GetParam().after) << to_text(*simplified);
  expect_the_same(*plain, *simplified);
}

INSTANTIATE_TEST_SUITE_P(Ops, SumRules, testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.label; });

/// Nodes of op `sum` that read something of the batch's size.
int sums_over_the_batch(const Graph& graph, const Shape& shape) {
  int count = 0;
  for (const auto& node : graph.nodes()) count += node->is("sum") && node->in(0).shape() == shape;
  return count;
}

/// Batch norm as graphs/words writes it, with its gradients, and those of a function of them.
TEST(SumRulesOfNorms, AGradientNeedsTwoSumsAndMeansTheSame) {
  const Shape shape{4, 3, 2, 5};
  const std::vector<std::int64_t> axes = {0, 1, 2};
  Graph graph(all_ops());
  const Value x = graph.input("x", {DType::F64, shape}), r = graph.input("r", {DType::F64, shape});
  const Value scale = graph.input("scale", {DType::F64, Shape{1, 1, 1, 5}});
  const Value shift = graph.input("shift", {DType::F64, Shape{1, 1, 1, 5}});
  const Value centered = x - sum(x, axes, true) / 24.0;
  const Value variance = sum(centered * centered, axes, true) / 24.0;
  const Value y = centered / sqrt(variance + 1e-5) * scale + shift;
  const auto once = differentiate(leaky_relu(y, 0.2) * r, std::vector{x, scale, shift});
  graph.set_output("dx", once[0]);
  graph.set_output("dscale", once[1]);
  graph.set_output("dshift", once[2]);
  const auto first = graph.clone();
  run_passes(*first, {});
  EXPECT_EQ(sums_over_the_batch(*first, shape), 4) << to_text(*first);
  expect_the_same(graph, *first);

  graph.set_output("ddx", differentiate(once[0] * once[0], std::vector{x})[0]);
  graph.set_output("ddscale", differentiate(once[0] * once[0], std::vector{scale})[0]);
  const auto second = graph.clone();
  run_passes(*second, {});
  expect_the_same(graph, *second);
}

}  // namespace
}  // namespace agon::op_cases
