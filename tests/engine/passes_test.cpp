#include <gtest/gtest.h>

#include "engine/base/error.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "engine/passes/eliminate_common_subexpressions.h"
#include "engine/passes/fold_constants.h"
#include "engine/passes/lower.h"
#include "engine/passes/pipeline.h"
#include "engine/passes/remove_dead_code.h"
#include "engine/passes/simplify.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

struct Case {
  const char* name;
  bool (*pass)(Graph&);
  const char* before;
  const char* after;  // "" where nothing changes
};

// x and y are f32[2, 3], s a scalar
#define X "%0 = input {name: \"x\", dtype: f32, shape: [2, 3]} : f32[2, 3]\n"
#define Y "%1 = input {name: \"y\", dtype: f32, shape: [2, 3]} : f32[2, 3]\n"
#define S "%2 = input {name: \"s\", dtype: f32, shape: []} : f32[]\n"
#define NUMBER(value) "%9 = constant {dtype: f32, shape: [], values: [" value "]} : f32[]\n"

const Case kCases[] = {
    {"times_one", simplify, X NUMBER("1") "%4 = mul(%0, %9) : f32[2, 3]\noutput \"z\" = %4",
     X "output \"z\" = %0"},
    {"one_times", simplify, X NUMBER("1") "%4 = mul(%9, %0) : f32[2, 3]\noutput \"z\" = %4",
     X "output \"z\" = %0"},
    {"plus_zero", simplify, X NUMBER("0") "%4 = add(%0, %9) : f32[2, 3]\noutput \"z\" = %4",
     X "output \"z\" = %0"},
    {"zero_plus", simplify, X NUMBER("0") "%4 = add(%9, %0) : f32[2, 3]\noutput \"z\" = %4",
     X "output \"z\" = %0"},
    {"minus_zero", simplify, X NUMBER("0") "%4 = sub(%0, %9) : f32[2, 3]\noutput \"z\" = %4",
     X "output \"z\" = %0"},
    {"zero_minus_stays", simplify, X NUMBER("0") "%4 = sub(%9, %0) : f32[2, 3]\noutput \"z\" = %4",
     ""},
    {"times_zero_stays_for_nan", simplify,
     X NUMBER("0") "%4 = mul(%0, %9) : f32[2, 3]\noutput \"z\" = %4", ""},
    {"by_one", simplify, X NUMBER("1") "%4 = div(%0, %9) : f32[2, 3]\noutput \"z\" = %4",
     X "output \"z\" = %0"},
    {"to_the_first", simplify, X NUMBER("1") "%4 = pow(%0, %9) : f32[2, 3]\noutput \"z\" = %4",
     X "output \"z\" = %0"},
    {"squared", simplify, X NUMBER("2") "%4 = pow(%0, %9) : f32[2, 3]\noutput \"z\" = %4",
     X "%1 = mul(%0, %0) : f32[2, 3]\noutput \"z\" = %1"},
    {"one_that_stretches_stays", simplify,
     S "%3 = constant {dtype: f32, shape: [2, 3], values: [1]} : f32[2, 3]\n"
       "%4 = mul(%2, %3) : f32[2, 3]\noutput \"z\" = %4",
     ""},
    {"twice_negated", simplify,
     X "%3 = neg(%0) : f32[2, 3]\n%4 = neg(%3) : f32[2, 3]\noutput \"z\" = %4",
     X "output \"z\" = %0"},
    {"stop_gradient", simplify, X "%3 = stop_gradient(%0) : f32[2, 3]\noutput \"z\" = %3",
     X "output \"z\" = %0"},
    {"convert_to_the_same", simplify,
     X "%3 = convert(%0) {dtype: f32} : f32[2, 3]\noutput \"z\" = %3", X "output \"z\" = %0"},
    {"convert_stays", simplify, X "%3 = convert(%0) {dtype: f64} : f64[2, 3]\noutput \"z\" = %3",
     ""},
    {"broadcast_beside", simplify,
     X S "%3 = broadcast(%2) {shape: [2, 3]} : f32[2, 3]\n"
         "%4 = mul(%0, %3) : f32[2, 3]\noutput \"z\" = %4",
     X "%1 = input {name: \"s\", dtype: f32, shape: []} : f32[]\n"
       "%2 = mul(%0, %1) : f32[2, 3]\noutput \"z\" = %2"},
    {"broadcast_alone_stays", simplify,
     S "%3 = broadcast(%2) {shape: [2, 3]} : f32[2, 3]\n"
       "%4 = tanh(%3) : f32[2, 3]\noutput \"z\" = %4",
     ""},
    {"filled_constant_beside", simplify,
     X "%3 = constant {dtype: f32, shape: [2, 3], values: [4]} : f32[2, 3]\n"
       "%4 = mul(%0, %3) : f32[2, 3]\noutput \"z\" = %4",
     X "%1 = constant {dtype: f32, shape: [], values: [4]} : f32[]\n"
       "%2 = mul(%0, %1) : f32[2, 3]\noutput \"z\" = %2"},
    {"transposed_twice", simplify,
     "%0 = input {name: \"x\", dtype: f32, shape: [2, 3, 4]} : f32[2, 3, 4]\n"
     "%1 = transpose(%0) {axes: [1, 2, 0]} : f32[3, 4, 2]\n"
     "%2 = transpose(%1) {axes: [2, 1, 0]} : f32[2, 4, 3]\noutput \"z\" = %2",
     "%0 = input {name: \"x\", dtype: f32, shape: [2, 3, 4]} : f32[2, 3, 4]\n"
     "%1 = transpose(%0) {axes: [0, 2, 1]} : f32[2, 4, 3]\noutput \"z\" = %1"},
    {"transposed_and_back", simplify,
     X "%1 = transpose(%0) {axes: [1, 0]} : f32[3, 2]\n"
       "%2 = transpose(%1) {axes: [1, 0]} : f32[2, 3]\noutput \"z\" = %2",
     X "output \"z\" = %0"},
    {"transpose_of_single_axes", simplify,
     "%0 = input {name: \"x\", dtype: f32, shape: [2, 1, 3, 1]} : f32[2, 1, 3, 1]\n"
     "%1 = transpose(%0) {axes: [1, 0, 3, 2]} : f32[1, 2, 1, 3]\noutput \"z\" = %1",
     "%0 = input {name: \"x\", dtype: f32, shape: [2, 1, 3, 1]} : f32[2, 1, 3, 1]\n"
     "%1 = reshape(%0) {shape: [1, 2, 1, 3]} : f32[1, 2, 1, 3]\noutput \"z\" = %1"},
    {"transpose_stays", simplify,
     X "%1 = transpose(%0) {axes: [1, 0]} : f32[3, 2]\noutput \"z\" = %1", ""},
    {"reshaped_twice", simplify,
     X "%1 = reshape(%0) {shape: [6]} : f32[6]\n"
       "%2 = reshape(%1) {shape: [3, 2]} : f32[3, 2]\noutput \"z\" = %2",
     X "%1 = reshape(%0) {shape: [3, 2]} : f32[3, 2]\noutput \"z\" = %1"},
    {"reshaped_and_back", simplify,
     X "%1 = reshape(%0) {shape: [6]} : f32[6]\n"
       "%2 = reshape(%1) {shape: [2, 3]} : f32[2, 3]\noutput \"z\" = %2",
     X "output \"z\" = %0"},
    {"broadcast_to_the_same", simplify,
     X "%1 = broadcast(%0) {shape: [2, 3]} : f32[2, 3]\noutput \"z\" = %1", X "output \"z\" = %0"},
    {"sum_over_nothing", simplify,
     X "%1 = sum(%0) {axes: [], keep: false} : f32[2, 3]\noutput \"z\" = %1",
     X "output \"z\" = %0"},
    {"sum_over_single_axes", simplify,
     "%0 = input {name: \"x\", dtype: f32, shape: [2, 1]} : f32[2, 1]\n"
     "%1 = sum(%0) {axes: [1], keep: false} : f32[2]\noutput \"z\" = %1",
     "%0 = input {name: \"x\", dtype: f32, shape: [2, 1]} : f32[2, 1]\n"
     "%1 = reshape(%0) {shape: [2]} : f32[2]\noutput \"z\" = %1"},
    {"sum_stays", simplify, X "%1 = sum(%0) {axes: [1], keep: true} : f32[2, 1]\noutput \"z\" = %1",
     ""},

    {"constants_are_added", fold_constants,
     "%0 = constant {dtype: f32, shape: [2], values: [1, 2]} : f32[2]\n" NUMBER(
         "0.1") "%3 = add(%0, %9) : f32[2]\noutput \"z\" = %3",
     "%0 = constant {dtype: f32, shape: [2], values: [1.100000023841858, 2.0999999046325684]} : "
     "f32[2]\noutput \"z\" = %0"},
    {"large_but_uniform", fold_constants,
     NUMBER("2") "%1 = broadcast(%9) {shape: [100, 100]} : f32[100, 100]\n"
                 "%2 = mul(%1, %9) : f32[100, 100]\noutput \"z\" = %2",
     "%0 = constant {dtype: f32, shape: [100, 100], values: [4]} : f32[100, 100]\n"
     "output \"z\" = %0"},
    {"large_and_varied_stays", fold_constants,
     "%0 = constant {dtype: f32, shape: [2, 1], values: [1, 2]} : f32[2, 1]\n"
     "%1 = broadcast(%0) {shape: [2, 5000]} : f32[2, 5000]\noutput \"z\" = %1",
     ""},
    {"both_outputs", fold_constants,
     NUMBER("2") "%1 = halves(%9) : f32[], f32[]\noutput \"y\" = %1\noutput \"z\" = %1:1",
     "%0 = constant {dtype: f32, shape: [], values: [1]} : f32[]\n"
     "%1 = constant {dtype: f32, shape: [], values: [3]} : f32[]\n"
     "output \"y\" = %0\noutput \"z\" = %1"},
    {"variables_are_no_constants", fold_constants,
     "%0 = variable {name: \"w\", dtype: f32, shape: []} : f32[]\n"
     "%1 = neg(%0) : f32[]\noutput \"z\" = %1",
     ""},

    {"twins", eliminate_common_subexpressions,
     X Y "%2 = mul(%0, %1) : f32[2, 3]\n%3 = mul(%0, %1) : f32[2, 3]\n"
         "%4 = tanh(%2) : f32[2, 3]\n%5 = tanh(%3) : f32[2, 3]\n"
         "%6 = add(%4, %5) : f32[2, 3]\noutput \"z\" = %6\nupdate \"w\" = %5",
     X Y "%2 = mul(%0, %1) : f32[2, 3]\n%3 = tanh(%2) : f32[2, 3]\n"
         "%4 = add(%3, %3) : f32[2, 3]\noutput \"z\" = %4\nupdate \"w\" = %3"},
    {"other_order_stays", eliminate_common_subexpressions,
     X Y "%2 = sub(%0, %1) : f32[2, 3]\n%3 = sub(%1, %0) : f32[2, 3]\n"
         "%4 = mul(%2, %3) : f32[2, 3]\noutput \"z\" = %4",
     ""},
    {"other_attributes_stay", eliminate_common_subexpressions,
     X "%1 = sum(%0) {axes: [0], keep: true} : f32[1, 3]\n"
       "%2 = sum(%0) {axes: [1], keep: true} : f32[2, 1]\n"
       "%3 = mul(%1, %2) : f32[2, 3]\noutput \"z\" = %3",
     ""},
    {"other_outputs_stay", eliminate_common_subexpressions,
     X "%1 = halves(%0) : f32[2, 3], f32[2, 3]\n%2 = neg(%1) : f32[2, 3]\n"
       "%3 = neg(%1:1) : f32[2, 3]\n%4 = mul(%2, %3) : f32[2, 3]\noutput \"z\" = %4",
     ""},
    {"zeros_of_other_sign_stay", eliminate_common_subexpressions,
     NUMBER("0") "%3 = constant {dtype: f32, shape: [], values: [-0.0]} : f32[]\n"
                 "%4 = div(%9, %3) : f32[]\noutput \"z\" = %4",
     ""},
    {"nan_equals_itself", eliminate_common_subexpressions,
     NUMBER("nan") "%3 = constant {dtype: f32, shape: [], values: [nan]} : f32[]\n"
                   "%4 = add(%9, %3) : f32[]\noutput \"z\" = %4",
     NUMBER("nan") "%4 = add(%9, %9) : f32[]\noutput \"z\" = %4"},

    {"dead", remove_dead_code, X Y "%2 = neg(%1) : f32[2, 3]\noutput \"z\" = %0",
     X "output \"z\" = %0"},
    {"updates_live", remove_dead_code, X "%2 = neg(%0) : f32[2, 3]\nupdate \"w\" = %2", ""},

    {"composites", lower, X Y "%2 = blend(%0, %1) : f32[2, 3]\noutput \"z\" = %2",
     X Y "%2 = mul(%0, %0) : f32[2, 3]\n%3 = mul(%1, %1) : f32[2, 3]\n"
         "%4 = add(%2, %3) : f32[2, 3]\n%5 = tanh(%4) : f32[2, 3]\n"
         "%6 = add(%5, %0) : f32[2, 3]\noutput \"z\" = %6"},
    {"nothing_to_lower", lower, X Y "%2 = mul(%0, %1) : f32[2, 3]\noutput \"z\" = %2", ""},
};

class Passes : public testing::TestWithParam<Case> {};

TEST_P(Passes, MakeOfTheGraph) {
  const Case& c = GetParam();
  const std::string expected = canonical(*c.after != '\0' ? c.after : c.before);
  const auto graph = parse_graph(c.before, test_ops());
  EXPECT_EQ(c.pass(*graph), *c.after != '\0') << "whether it says that it changed anything";
  verify(*graph);
  EXPECT_EQ(canonical(to_text(*graph)), expected);
  EXPECT_FALSE(c.pass(*graph)) << "it has nothing left to do";
}

INSTANTIATE_TEST_SUITE_P(Table, Passes, testing::ValuesIn(kCases),
                         [](const auto& c) { return std::string(c.param.name); });

constexpr const char* kFeedsAllPasses =
    X Y
    "%2 = square_sum(%0, %1) : f32[2, 3]\n" NUMBER("3") "%4 = neg(%9) : f32[]\n"
    "%5 = neg(%4) : f32[]\n%6 = broadcast(%5) {shape: [2, 3]} : f32[2, 3]\n"
    "%7 = mul(%2, %6) : f32[2, 3]\n%8 = mul(%2, %9) : f32[2, 3]\n"
    "%10 = sub(%7, %8) : f32[2, 3]\n%11 = exp(%1) : f32[2, 3]\noutput \"z\" = %10";

TEST(Pipeline, RunsToAFixpoint) {
  const auto graph = parse_graph(kFeedsAllPasses, test_ops());
  const std::vector<std::string> disabled = {"fuse"};
  run_passes(*graph, {.disabled = disabled, .verify = true});
  EXPECT_EQ(canonical(to_text(*graph)),
            canonical(X Y NUMBER("3") "%3 = mul(%0, %0) : f32[2, 3]\n%4 = mul(%1, %1) : f32[2, 3]\n"
                                      "%5 = add(%3, %4) : f32[2, 3]\n%6 = mul(%5, %9) : f32[2, 3]\n"
                                      "%7 = sub(%6, %6) : f32[2, 3]\noutput \"z\" = %7"));
}

TEST(Pipeline, PassesAreDisabledAndDumpedByName) {
  const auto graph = parse_graph(kFeedsAllPasses, test_ops());
  std::vector<std::string> ran;
  const std::vector<std::string> disabled = {"simplify", "lower"};
  run_passes(*graph,
             {.disabled = disabled,
              .verify = true,
              .after = [&](const std::string& pass, const Graph&) { ran.push_back(pass); }});
  EXPECT_EQ(ran, (std::vector<std::string>{"remove_dead_code", "fold_constants",
                                           "eliminate_common_subexpressions", "fold_constants",
                                           "eliminate_common_subexpressions", "fuse"}));
  EXPECT_NE(to_text(*graph).find("square_sum"), std::string::npos);
}

TEST(Pipeline, ABrokenGraphNamesThePassBefore) {
  const auto graph = parse_graph(X "%1 = neg(%0) : f32[2, 3]\noutput \"z\" = %1", test_ops());
  graph->replace_input(*graph->outputs()[0].value.node, 0, graph->constant(1));
  try {
    run_passes(*graph, {.verify = true});
    FAIL() << "accepted";
  } catch (const InternalError& e) {
    EXPECT_STREQ(e.what(),
                 "after remove_dead_code: node 1 (neg): is f32[2, 3], but its inputs give f32[]");
  }
}

TEST(FoldConstants, ManyDrawsAreNotEvenTried) {
  OpRegistry ops;
  int tried = 0;
  for (const std::int64_t size : {100, 100000}) {
    ops.add(Op<>{.name = "draw" + std::to_string(size),
                 .doc = "draws",
                 .inputs = {"step"},
                 .infer =
                     [=](std::span<const Type>, const NoAttrs&) {
                       return std::vector{Type{DType::F32, {size}}};
                     },
                 .stops_gradient = true,
                 .reference = [&](const ReferenceCall&, const NoAttrs&) { ++tried; }});
  }
  Graph graph(ops);
  graph.set_output("few", graph.add("draw100", {graph.constant(1)}));
  graph.set_output("many", graph.add("draw100000", {graph.constant(1)}));
  EXPECT_TRUE(fold_constants(graph));
  EXPECT_EQ(tried, 1);
  EXPECT_TRUE(graph.outputs()[1].value.node->is("draw100000"));
}

TEST(Rules, ThatChangeTheTypeAreOurMistake) {
  OpRegistry ops;
  ops.add_rule({"copy(x) => 1", "copy", [](Node& n) { return n.graph().constant(1); }});
  Graph graph(ops);
  graph.set_output("y", graph.add("copy", {graph.input("x", {DType::F32, {2}})}));
  try {
    simplify(graph);
    FAIL() << "accepted";
  } catch (const InternalError& e) {
    EXPECT_STREQ(e.what(), "rule 'copy(x) => 1': f32[2] became f32[]");
  }
}

}  // namespace
}  // namespace agon
