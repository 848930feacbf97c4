#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/runtime/executor.h"
#include "tests/graphs/findings.h"
#include "tests/graphs/looked_at.h"
#include "tests/graphs/turns_bench.h"

/// Sampling and evaluation (LANGUAGE.md rule 12).
namespace agon {
namespace {

std::string text_with(const std::string& more) {
  return looked_at("  point: one_hot(min(label, 1), 2)\n  again: 2 * point\n", more);
}

struct CellCase {
  std::string label;
  std::string sample;
  std::vector<double> ones;  // where each example's one stands, by example
  std::int64_t batch;
};

class Cells : public testing::TestWithParam<CellCase> {};

TEST_P(Cells, ReplaceStepValues) {
  const CellCase& c = GetParam();
  const Plan plan = plan_of(text_with("sample: {every: 2, " + c.sample + "}\n"));
  const SampleGraph& sample = plan.samples.at(0);
  EXPECT_EQ(sample.batch, c.batch);
  EXPECT_TRUE(sample.is_points);
  EXPECT_EQ(sample.split, "");
  const Arrays pictures = run_reference(*sample.graph, {}, {});
  std::vector<double> ones;
  const NdArray& first = pictures.at("image0");
  for (std::int64_t i = 0; i < first.type.shape[0]; ++i) {
    EXPECT_EQ(first[2 * i] + first[2 * i + 1], 1);
    ones.push_back(first[2 * i + 1]);
  }
  EXPECT_EQ(ones, c.ones);
}

INSTANTIATE_TEST_SUITE_P(
    One, Cells,
    testing::Values(
        CellCase{"row", "image: point, grid: 2x3, with: {label: row}", {0, 0, 0, 1, 1, 1}, 6},
        CellCase{"column", "image: point, grid: 2x2, with: {label: column}", {0, 1, 0, 1}, 4},
        CellCase{"side_by_side",
                 "image: [point, again], grid: 2x4, with: {label: column}",
                 {0, 1, 0, 1},
                 4},
        CellCase{"replaced_before_its_reader",
                 "image: again, grid: 2x1, "
                 "with: {label: row, again: point}",
                 {0, 1},
                 2},
        CellCase{"replaced_after_its_reader",
                 "image: again, grid: 2x1, "
                 "with: {again: point, label: row}",
                 {0, 1},
                 2},
        CellCase{"of_itself",
                 "image: point, grid: 2x1, "
                 "with: {point: 1 - point, label: row}",
                 {1, 0},
                 2}),
    [](const auto& c) { return c.param.label; });

TEST(Samples, AreTheSameExamplesEachTime) {
  const Plan plan = plan_of(text_with("sample: {every: 2, image: z, grid: 2x2}\n"));
  const SampleGraph& sample = plan.samples.at(0);
  // nothing but the weights can change what is drawn
  for (const auto& node : sample.graph->nodes()) EXPECT_FALSE(node->is("input"));
  const NdArray z = run_reference(*sample.graph, {}, {}).at("image0");
  EXPECT_EQ(z.type.shape, (Shape{4, 2}));
  EXPECT_NE(z[0], z[2]);
}

TEST(Samples, SayWhichExamplesTheyRead) {
  const auto split = [](const std::string& more) {
    return plan_of(text_with("sample: {every: 2, image: data.point, grid: 2x2" + more + "}\n"))
        .samples.at(0)
        .split;
  };
  EXPECT_EQ(split(""), "test");
  EXPECT_EQ(split(", on: train"), "train");
}

struct RefusedCase {
  std::string label;
  std::string more;
  std::string said;
};

class Refused : public testing::TestWithParam<RefusedCase> {};

TEST_P(Refused, IsSaid) {
  expect_finding(text_with(GetParam().more), GetParam().said);
}

INSTANTIATE_TEST_SUITE_P(
    One, Refused,
    testing::Values(
        RefusedCase{"row_in_training", "evaluate: {every: 2, metrics: {m: mean(row)}}\n",
                    "unknown name 'row'"},
        RefusedCase{"no_such_value", "sample: {every: 2, image: made, with: {labl: row}}\n",
                    "'labl' is no value under step; did you mean 'label'?"},
        RefusedCase{"uneven_grid", "sample: {every: 2, image: [made, point], grid: 2x3}\n",
                    "a grid of 3 columns cannot hold 2 pictures of each example side by side"},
        RefusedCase{"no_picture", "sample: {every: 2, image: mean(made)}\n",
                    "expected pictures [batch, 1 or 3, height, width] or points [batch, 2]"},
        RefusedCase{"more_than_there_are", "evaluate: {every: 2, count: 4001, metrics: [losses]}\n",
                    "count is 4001, the test split has 4000 examples"},
        RefusedCase{"no_metric", "evaluate: {every: 2, metrics: [loses]}\n",
                    "unknown metric 'loses'; did you mean 'losses'?"},
        RefusedCase{"metric_not_a_number", "evaluate: {every: 2, metrics: {m: made}}\n",
                    "a metric is one number"}),
    [](const auto& c) { return c.param.label; });

struct CoverCase {
  std::string label;
  std::string evaluate;
  std::int64_t count, batch, last;  // last: 0 without
};

class Cover : public testing::TestWithParam<CoverCase> {};

std::int64_t batch_read(const Graph& graph) {
  for (const auto& node : graph.nodes()) {
    if (node->is("input") && node->out_type().shape.rank() == 2) return node->out_type().shape[0];
  }
  return 0;
}

TEST_P(Cover, AllExamplesWithAShortLastBatch) {
  const CoverCase& c = GetParam();
  const Plan plan = plan_of(text_with("evaluate: {every: 2, " + c.evaluate + "}\n"));
  const EvaluateGraph& evaluation = plan.evaluations.at(0);
  EXPECT_EQ(evaluation.count, c.count);
  EXPECT_EQ(evaluation.batch, c.batch);
  EXPECT_EQ(batch_read(*evaluation.graph), c.batch);
  ASSERT_EQ(evaluation.last != nullptr, c.last != 0);
  if (evaluation.last) {
    EXPECT_EQ(batch_read(*evaluation.last), c.last);
  }
}

INSTANTIATE_TEST_SUITE_P(
    One, Cover,
    testing::Values(CoverCase{"even", "count: 300, metrics: [losses]", 300, 100, 0},
                    CoverCase{"short_last", "count: 250, metrics: [losses]", 250, 100, 50},
                    CoverCase{"below_a_batch", "count: 30, metrics: [losses]", 30, 30, 0},
                    CoverCase{"all", "metrics: [losses]", 4000, 100, 0},
                    CoverCase{"all_of_training", "on: train, metrics: [losses]", 20000, 100, 0},
                    CoverCase{"own_batch", "batch: 64, metrics: [losses]", 4000, 64, 32}),
    [](const auto& c) { return c.param.label; });

TEST(Evaluations, GiveLossesAndOwnExpressions) {
  const Plan plan =
      plan_of(text_with("evaluate: {every: 2, count: 4, batch: 4, metrics: {large: "
                        "max(data.point), known: l + 1}}\n"));
  const EvaluateGraph& evaluation = plan.evaluations.at(0);
  EXPECT_EQ(evaluation.metrics, (std::vector<std::string>{"large", "known"}));
  CarriedTraining training(plan);
  Arrays inputs = {{"data.point", numbers({4, 2}, {0, 1, 2, 3, 4, 9, 6, 7})},
                   {"step", numbers({}, {0}, DType::F64)}};
  const Arrays first = run_reference(*evaluation.graph, inputs, training.variables());
  EXPECT_EQ(first.at("large")[0], 9);
  // batches draw numbers of their own
  inputs["step"] = numbers({}, {1}, DType::F64);
  const Arrays second = run_reference(*evaluation.graph, inputs, training.variables());
  EXPECT_NE(first.at("known")[0], second.at("known")[0]);
}

}  // namespace
}  // namespace agon
