#include "engine/passes/insert_transfers.h"

#include <gtest/gtest.h>

#include "engine/ir/print.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

struct Case {
  const char* name;
  const char* before;
  const char* after;
};

class InsertTransfers : public testing::TestWithParam<Case> {};

TEST_P(InsertTransfers, GivesTheGraphExpected) {
  const auto graph = parse_graph(GetParam().before, test_ops());
  const std::string before = to_text(*graph);
  const bool changed = insert_transfers(*graph);
  verify(*graph);
  EXPECT_EQ(to_text(*graph), canonical(GetParam().after));
  EXPECT_EQ(changed, to_text(*graph) != before);
  EXPECT_FALSE(insert_transfers(*graph)) << "a second time:\n" << to_text(*graph);
}

const Case kCases[] = {
    {"nothing_on_the_accelerator", R"(
       %0 = input {name: "x", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) : f32[4]
       output "y" = %1)",
     R"(
       %0 = input {name: "x", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) : f32[4]
       output "y" = %1)"},
    {"inputs_are_at_hand_and_outputs_come_down", R"(
       %0 = input {name: "x", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) @gpu : f32[4]
       %2 = mul(%0, %1) @gpu : f32[4]
       output "y" = %2)",
     R"(
       %0 = input {name: "x", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) @gpu : f32[4]
       %2 = mul(%0, %1) @gpu : f32[4]
       %3 = download(%2) @gpu : f32[4]
       output "y" = %3)"},
    {"a_value_between_comes_down_once_right_behind_it", R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) @gpu : f32[4]
       %2 = neg(%1) @gpu : f32[4]
       %3 = neg(%1) : f32[4]
       %4 = mul(%1, %3) : f32[4]
       output "a" = %1
       output "b" = %2
       output "c" = %4)",
     R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) @gpu : f32[4]
       %2 = download(%1) @gpu : f32[4]
       %3 = neg(%1) @gpu : f32[4]
       %4 = download(%3) @gpu : f32[4]
       %5 = neg(%2) : f32[4]
       %6 = mul(%2, %5) : f32[4]
       output "a" = %2
       output "b" = %4
       output "c" = %6)"},
    {"up_just_before_the_first_reader", R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) : f32[4]
       %2 = neg(%0) @gpu : f32[4]
       %3 = mul(%1, %2) @gpu : f32[4]
       update "w" = %3)",
     R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) : f32[4]
       %2 = neg(%0) @gpu : f32[4]
       %3 = upload(%1) @gpu : f32[4]
       %4 = mul(%3, %2) @gpu : f32[4]
       update "w" = %4)"},
    {"variables_and_views_of_them_lie_where_both_reach_them", R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = reshape(%0) {shape: [2, 2]} : f32[2, 2]
       %2 = tanh(%1) @gpu : f32[2, 2]
       %3 = reshape(%0) {shape: [2, 2]} @gpu : f32[2, 2]
       %4 = tanh(%3) : f32[2, 2]
       %5 = reshape(%2) {shape: [4]} @gpu : f32[4]
       output "w" = %3
       output "t" = %4
       update "w" = %5)",
     R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = reshape(%0) {shape: [2, 2]} : f32[2, 2]
       %2 = tanh(%1) @gpu : f32[2, 2]
       %3 = reshape(%0) {shape: [2, 2]} @gpu : f32[2, 2]
       %4 = tanh(%3) : f32[2, 2]
       %5 = reshape(%2) {shape: [4]} @gpu : f32[4]
       output "w" = %3
       output "t" = %4
       update "w" = %5)"},
    {"a_view_looks_at_memory_of_its_own_side", R"(
       %0 = input {name: "x", dtype: f32, shape: [4]} : f32[4]
       %1 = reshape(%0) {shape: [2, 2]} @gpu : f32[2, 2]
       %2 = tanh(%1) @gpu : f32[2, 2]
       %3 = reshape(%2) {shape: [4]} : f32[4]
       output "y" = %3)",
     R"(
       %0 = input {name: "x", dtype: f32, shape: [4]} : f32[4]
       %1 = reshape(%0) {shape: [2, 2]} @gpu : f32[2, 2]
       %2 = tanh(%1) @gpu : f32[2, 2]
       %3 = download(%2) @gpu : f32[2, 2]
       %4 = reshape(%3) {shape: [4]} : f32[4]
       output "y" = %4)"},
    {"what_is_computed_goes_up_once", R"(
       %0 = input {name: "x", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) : f32[4]
       %2 = neg(%1) @gpu : f32[4]
       %3 = mul(%1, %2) @gpu : f32[4]
       update "w" = %3)",
     R"(
       %0 = input {name: "x", dtype: f32, shape: [4]} : f32[4]
       %1 = tanh(%0) : f32[4]
       %2 = upload(%1) @gpu : f32[4]
       %3 = neg(%2) @gpu : f32[4]
       %4 = mul(%2, %3) @gpu : f32[4]
       update "w" = %4)"},
    {"constants_are_put_down_twice", R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = constant {dtype: f32, shape: [4], values: [1, 2, 3, 4]} : f32[4]
       %2 = mul(%0, %1) @gpu : f32[4]
       %3 = sub(%1, %2) @gpu : f32[4]
       %4 = sub(%0, %1) : f32[4]
       %5 = constant {dtype: f32, shape: [1], values: [5]} @gpu : f32[1]
       output "y" = %4
       output "five" = %5
       update "w" = %3)",
     R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = constant {dtype: f32, shape: [4], values: [1, 2, 3, 4]} : f32[4]
       %2 = constant {dtype: f32, shape: [4], values: [1, 2, 3, 4]} @gpu : f32[4]
       %3 = mul(%0, %2) @gpu : f32[4]
       %4 = sub(%2, %3) @gpu : f32[4]
       %5 = sub(%0, %1) : f32[4]
       %6 = constant {dtype: f32, shape: [1], values: [5]} : f32[1]
       output "y" = %5
       output "five" = %6
       update "w" = %4)"},
    {"a_constant_of_one_side_lies_there_alone", R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = constant {dtype: f32, shape: [4], values: [1, 2, 3, 4]} : f32[4]
       %2 = mul(%0, %1) @gpu : f32[4]
       update "w" = %2)",
     R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = constant {dtype: f32, shape: [4], values: [1, 2, 3, 4]} @gpu : f32[4]
       %2 = mul(%0, %1) @gpu : f32[4]
       update "w" = %2)"},
    {"outputs_of_several_are_values_of_their_own", R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = halves(%0) @gpu : f32[4], f32[4]
       %2 = mul(%1, %1:1) : f32[4]
       output "y" = %2
       output "z" = %1:1)",
     R"(
       %0 = variable {name: "w", dtype: f32, shape: [4]} : f32[4]
       %1 = halves(%0) @gpu : f32[4], f32[4]
       %2 = download(%1) @gpu : f32[4]
       %3 = download(%1:1) @gpu : f32[4]
       %4 = mul(%2, %3) : f32[4]
       output "y" = %4
       output "z" = %3)"},
};

INSTANTIATE_TEST_SUITE_P(Graphs, InsertTransfers, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace agon
