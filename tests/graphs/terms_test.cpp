#include <gtest/gtest.h>

#include "engine/base/error.h"
#include "tests/graphs/words_bench.h"

namespace agon {
namespace {

using words_test::Bench;
using words_test::wiggly;

TEST(Terms, PicturesLieChannelsLastAndReadChannelsFirst) {
  Bench bench;
  bench.give("x", {2, 3, 4, 5}, wiggly(120));
  const Tensor x = *bench.term("x").tensor();
  EXPECT_EQ(to_text(x.value.shape()), "[2, 4, 5, 3]");
  EXPECT_EQ(to_text(x.shape()), "[2, 3, 4, 5]");
  EXPECT_EQ(x.engine_axis(0), 0);
  EXPECT_EQ(x.engine_axis(1), 3);
  EXPECT_EQ(x.engine_axis(3), 2);
  EXPECT_EQ(bench.numbers("x").values, wiggly(120));
  const Tensor there_and_back = as_channels_last(as_plain(x));
  EXPECT_EQ(bench.numbers(there_and_back).values, wiggly(120));
}

TEST(Terms, OnePixelOrOneChannelIsReorderedWithoutMoving) {
  for (const Shape& shape : {Shape{2, 1, 4, 5}, Shape{2, 7, 1, 1}}) {
    Bench bench;
    bench.give("x", shape, wiggly(shape.elements()));
    const Tensor plain = as_plain(*bench.term("x").tensor());
    EXPECT_TRUE(plain.value.node->is("reshape"));
    EXPECT_EQ(bench.numbers(plain).values, wiggly(shape.elements()));
  }
}

struct Sum {
  std::string text;
  double expected;
};

TEST(Terms, NumbersFold) {
  const std::vector<Sum> table = {{"1 + 2 * 3", 7},    {"2 ^ 3 ^ 2", 512}, {"-2 ^ 2", -4},
                                  {"3 > 2", 1},        {"3 != 3", 0},      {"not (2 >= 3)", 1},
                                  {"1 / 4 - 1", -0.75}};
  Bench bench;
  for (const Sum& row : table) {
    const Term term = bench.term(row.text);
    ASSERT_NE(term.number(), nullptr) << row.text;
    EXPECT_EQ(*term.number(), row.expected) << row.text;
  }
}

TEST(Terms, AFactorOfZeroDropsASummandButKeepsAShape) {
  Bench bench;
  bench.give("x", {2, 3}, wiggly(6));
  EXPECT_EQ(*bench.term("0 * mean(x)").number(), 0);
  EXPECT_FALSE(bench.term("mean(x) + 0 * mean(x * x)").tensor()->value.node->is("add"));
  EXPECT_TRUE(bench.term("mean(x) + 1 * mean(x * x)").tensor()->value.node->is("add"));
  EXPECT_EQ(to_text(bench.term("0 * x").tensor()->shape()), "[2, 3]");
}

TEST(Terms, SteeringScalarsJoinInFloat32) {
  Bench bench;
  bench.give("x", {2, 3}, wiggly(6), DType::F32);
  bench.give("progress", {}, {0.25});
  const Term y = bench.term("x * progress");
  EXPECT_EQ(y.tensor()->dtype(), DType::F32);
  EXPECT_EQ(bench.term("1 - progress").tensor()->dtype(), DType::F64);
}

struct Failure {
  std::string text;
  std::string message;
};

TEST(Terms, ErrorsShowTheLanguagesShapes) {
  const std::vector<Failure> table = {
      {"x + p",
       "expects equal ranks (a plain number fits everything), got [2, 3] and [2, 3, 4, 5]"},
      {"p + q", "expects equal shapes or axes of size 1, got [2, 3, 4, 5] and [2, 2, 4, 5]"},
      {"x + label", "expects equal ranks (a plain number fits everything), got [2, 3] and [2]"},
      {"v * label",
       "expects both real or both labels, got real values [2] and labels [2]; real(x) makes labels "
       "real"},
      {"label + 0.5",
       "expects a whole number beside labels [2], got 0.5; real(x) makes labels real"},
      {"1 / 0", "1 / 0 is not a finite number"},
      {"x + [1, 2]", "expects a number or a tensor, got a list of 2"},
      {"x + e", "expects a number or a tensor, got the outputs of encoder (logvar, mu)"},
  };
  Bench bench;
  bench.give("x", {2, 3}, wiggly(6));
  bench.give("v", {2}, wiggly(2));
  bench.give("p", {2, 3, 4, 5}, wiggly(120));
  bench.give("q", {2, 2, 4, 5}, wiggly(80));
  bench.give("label", {2}, {1, 0}, DType::I32);
  auto result = std::make_shared<CallResult>();
  result->network = "encoder";
  result->outputs = {{"mu", *bench.term("x").tensor()}, {"logvar", *bench.term("x").tensor()}};
  bench.give("e", Term(std::shared_ptr<const CallResult>(result)));
  for (const Failure& row : table) EXPECT_EQ(bench.failure(row.text), row.message) << row.text;
}

TEST(Terms, LabelsCompareWithNumbersAndLabels) {
  Bench bench;
  bench.give("label", {3}, {1, 0, 2}, DType::I32);
  EXPECT_EQ(bench.numbers("label == 2").values, (std::vector<double>{0, 0, 1}));
  EXPECT_EQ(bench.numbers("1 == label").values, (std::vector<double>{1, 0, 0}));
  EXPECT_EQ(bench.numbers("real(label) * 0.5").values, (std::vector<double>{0.5, 0, 1}));
}

}  // namespace
}  // namespace agon
