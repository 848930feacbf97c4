#include <gtest/gtest.h>

#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "tests/engine/random_graph.h"
#include "tests/engine/registry.h"

namespace agon {
namespace {

std::string message_of(const std::string& text) {
  try {
    parse_graph(text, test_ops());
  } catch (const Error& e) {
    return e.what();
  }
  return "accepted";
}

TEST(GraphText, ReadsBackToTheSameText) {
  const std::string text =
      "%0 = input {name: \"x\", dtype: f32, shape: [2, 3]} : f32[2, 3]\n"
      "%1 = variable {name: \"a.b[0]\", dtype: f32, shape: []} : f32[]\n"
      "%2 = constant {dtype: f32, shape: [3], values: [1, -0.0, nan]} : f32[3]\n"
      "%3 = halves(%0) : f32[2, 3], f32[2, 3]\n"
      "%4 = add(%3:1, %1) : f32[2, 3]\n"
      "%5 = sum(%4) {axes: [0, 1], keep: false} : f32[]\n"
      "%6 = add(%5, %1) : f32[]\n"
      "%7 = iota {n: 4} : i32[4]\n"
      "output \"loss\" = %5\n"
      "output \"odd = name\" = %3:1\n"
      "output \"c\" = %2\n"
      "output \"i\" = %7\n"
      "update \"a.b[0]\" = %6\n";
  const auto graph = parse_graph(text, test_ops());
  EXPECT_EQ(to_text(*graph), text);
  verify(*graph);
}

TEST(GraphText, RandomGraphsReadBackToTheSameText) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::string text = to_text(*random_graph(seed));
    EXPECT_EQ(canonical(text), text) << "seed " << seed;
    EXPECT_EQ(to_text(*parse_graph(text, test_ops())->clone()), text) << "seed " << seed;
  }
}

TEST(GraphText, BlankLinesAndIndentationDoNotCount) {
  EXPECT_EQ(canonical("\n   %7 = iota {n: 4} : i32[4]  \n\n  output \"y\" = %7"),
            "%0 = iota {n: 4} : i32[4]\noutput \"y\" = %0\n");
}

TEST(GraphText, FaultsAreNamedWithTheirLine) {
  const std::string x = "%0 = input {name: \"x\", dtype: f32, shape: [2, 3]} : f32[2, 3]\n";
  struct Case {
    std::string text, message;
  };
  const Case cases[] = {
      {x + "what", "line 2: expected a node, an output or an update, got 'what'"},
      {x + "%1 = nope(%0) : f32[2, 3]", "line 2: expected the name of an op, got 'nope'"},
      {x + "%1 = neg(%4) : f32[2, 3]", "line 2: expected a node written before, got '%4'"},
      {x + "%1 = neg(%0:1) : f32[2, 3]", "line 2: expected an output the node has, got '%0:1'"},
      {x + "%1 = neg(0) : f32[2, 3]", "line 2: expected a number after %, got '0'"},
      {x + "%1 = neg(%-3) : f32[2, 3]", "line 2: expected a number after %, got '%-3'"},
      {x + "%0 = neg(%0) : f32[2, 3]", "line 2: expected a new number, got '%0'"},
      {x + "%1 = neg(%0) : f32[3]", "line 2: neg: written as f32[3], inferred f32[2, 3]"},
      {x + "%1 = neg(%0)", "line 2: expected ' : ', got 'neg(%0)'"},
      {x + "%1 = neg(%0 : f32[2, 3]", "line 2: expected ')', got '(%0'"},
      {x + "%1 neg(%0) : f32[2, 3]", "line 2: expected ' = ', got '%1 neg(%0) : f32[2, 3]'"},
      {x + "%1 = neg(%0, %0) : f32[2, 3]", "line 2: neg: expects 1 inputs, got 2"},
      {x + "%1 = sum(%0) {axis: 1} : f32[]", "line 2: unknown attribute 'axis'"},
      {x + "%1 = sum(%0) {axes: x} : f32[]", "line 2: expected a list, got 'x'"},
      {x + "output y = %0", "line 2: expected a text in quotes, got 'y'"},
      {x + "output \"y\" %0", "line 2: expected ' = ', got '\"y\" %0'"},
      {"%0 = input {name: \"x\", dtype: f32, shape: [1, 1, 1, 1, 1, 1, 1]} : f32[1]",
       "line 1: a tensor has at most 6 axes, got [1, 1, 1, 1, 1, 1, 1]"},
  };
  for (const Case& c : cases) EXPECT_EQ(message_of(c.text), c.message);
}

TEST(GraphText, BrokenTextNeverCrashes) {
  const std::string text = to_text(*random_graph(3));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'\0', '"', '(', ':', '9', ' ', '\n', '{', ']'}) {
      std::string broken = text;
      broken[i] = c;
      message_of(broken);
    }
    message_of(text.substr(0, i));
  }
}

}  // namespace
}  // namespace agon
