#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/kernel.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {

namespace {

std::string to_text(const Case& c) {
  std::vector<std::string> inputs;
  for (const Input& input : c.inputs) inputs.push_back(agon::to_text(input.type));
  return fmt::format("{}({}) {}", c.op, joined(inputs), c.attrs);
}

std::string lines(const std::vector<std::string>& messages) {
  return joined(messages, "\n  ");
}

class OpCases : public testing::TestWithParam<Case> {};

}  // namespace

void PrintTo(const Case& c, std::ostream* out) {
  *out << to_text(c);
}

namespace {

TEST_P(OpCases, SurvivesPrintingAndParsing) {
  const CaseGraph made = build(GetParam());
  verify(*made.graph);
  const std::string text = agon::to_text(*made.graph);
  const auto parsed = parse_graph(text, all_ops());
  verify(*parsed);
  EXPECT_EQ(agon::to_text(*parsed), text);
  const Attrs& attrs = made.node->attrs();
  EXPECT_EQ(made.node->op().read_attrs(attrs.text()), attrs);
}

TEST_P(OpCases, ReferenceGivesWhatInferencePromises) {
  const CaseGraph made = build(GetParam());
  const auto results = run_reference(*made.graph, draw_inputs(GetParam()), {});
  for (std::size_t i = 0; i < made.node->outputs().size(); ++i) {
    const NdArray& y = results.at(fmt::format("y{}", i));
    EXPECT_EQ(y.type, made.node->outputs()[i]);
    EXPECT_EQ(y.size(), y.type.shape.elements());
  }
}

TEST_P(OpCases, MeansWhatItExpandsTo) {
  const CaseGraph made = build(GetParam());
  const OpDef& op = made.node->op();
  if (!op.expand || !op.reference) return;
  const std::vector<Value> meaning = op.expand(*made.node, made.node->attrs());
  ASSERT_EQ(meaning.size(), made.node->outputs().size());
  for (std::size_t i = 0; i < meaning.size(); ++i)
    made.graph->set_output(fmt::format("meaning{}", i), meaning[i]);
  const auto results = run_reference(*made.graph, draw_inputs(GetParam()), {});
  for (std::size_t i = 0; i < meaning.size(); ++i) {
    EXPECT_EQ(first_difference(GetParam(), results.at(fmt::format("y{}", i)),
                               results.at(fmt::format("meaning{}", i))),
              "");
  }
}

TEST_P(OpCases, KernelsAgreeWithTheReference) {
  const auto wrong = check_kernels(GetParam());
  EXPECT_TRUE(wrong.empty()) << to_text(GetParam()) << "\n  " << lines(wrong);
}

TEST_P(OpCases, GradientsAgreeWithCentralDifferences) {
  if (!GetParam().gradients) return;
  const auto wrong = check_gradients(in_float64(GetParam()));
  EXPECT_TRUE(wrong.empty()) << to_text(GetParam()) << "\n  " << lines(wrong);
}

INSTANTIATE_TEST_SUITE_P(Ops, OpCases, testing::ValuesIn(all_cases()),
                         [](const auto& row) { return row.param.op + "_" + row.param.label; });

TEST(OpTables, EveryOpHasACase) {
  std::set<std::string> covered = {"input", "variable", "constant", "copy", "upload", "download"};
  for (const Case& c : all_cases()) covered.insert(c.op);
  std::vector<std::string> without;
  for (const OpDef* op : all_ops().all()) {
    if (!covered.contains(op->name)) without.push_back(op->name);
  }
  EXPECT_TRUE(without.empty()) << "no case for " << joined(without);
}

/// A kernel that refuses every case was never judged.
TEST(OpTables, EveryKernelAcceptsACase) {
  std::set<std::string> never;
  for (const OpDef* op : all_ops().all())
    for (const KernelDef& def : all_kernels().candidates(op->name)) never.insert(def.name);
  for (const Case& c : all_cases()) {
    for (const KernelDef& def : all_kernels().candidates(c.op)) {
      if (never.contains(def.name) && accepts(c, def)) never.erase(def.name);
    }
  }
  EXPECT_TRUE(never.empty()) << joined(std::vector<std::string>(never.begin(), never.end()));
}

TEST(OpTables, InferenceRefusesWithTheMessageGiven) {
  EXPECT_GE(all_refused().size(), 50u);
  for (const Refused& row : all_refused()) {
    try {
      build({.op = row.op, .inputs = row.inputs, .attrs = row.attrs});
      ADD_FAILURE() << row.op << " " << row.attrs << " was accepted; expected: " << row.message;
    } catch (const GraphError& e) {
      EXPECT_EQ(e.what(), row.message);
    }
  }
}

}  // namespace
}  // namespace agon::op_cases
