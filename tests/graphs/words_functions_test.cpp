#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "graphs/words/layer.h"
#include "tests/graphs/words_bench.h"

namespace agon {
namespace {

using words_test::Bench;
using words_test::expect_numbers;

/// x [2, 3], label [2], p [1, 2, 2, 2] (a picture of two channels).
Bench usual() {
  Bench bench;
  bench.give("x", {2, 3}, {1, -2, 3, 0.5, 0, -4});
  bench.give("y", {2, 3}, {0, 1, 2, 3, 4, 5});
  bench.give("label", {2}, {2, 0}, DType::I32);
  bench.give("p", {1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 9});
  bench.give("s", {}, {0.25});
  return bench;
}

struct Row {
  std::string text;
  Shape shape;
  std::vector<double> expected;
};

void check(const std::vector<Row>& table) {
  for (const Row& row : table) {
    Bench bench = usual();
    expect_numbers(bench.numbers(row.text), row.shape, row.expected, row.text, 2e-7);
  }
}

TEST(WordsFunctions, Reductions) {
  const double std_x = std::sqrt((1 + 4 + 9 + 0.25 + 0 + 16) / 6 - 0.0625);
  check({
      {"mean(x)", {}, {-0.25}},
      {"sum(x)", {}, {-1.5}},
      {"max(x)", {}, {3}},
      {"min(x)", {}, {-4}},
      {"norm(x)", {}, {std::sqrt(30.25)}},
      {"std(x)", {}, {std_x}},
      {"sum(x, over=example)", {2}, {2, -3.5}},
      {"sum(x, over=batch)", {3}, {1.5, -2, -1}},
      {"sum(x, over=channels)", {2}, {2, -3.5}},
      {"max(x, over=example)", {2}, {3, 0.5}},
      {"min(x, over=0)", {3}, {0.5, -2, -4}},
      {"sum(s)", {}, {0.25}},
      {"sum(real(label), over=example)", {2}, {2, 0}},
      {"sum(p, over=example)", {1}, {37}},
      {"sum(p, over=channels)", {1, 2, 2}, {6, 8, 10, 13}},
      // what is left of a picture is in the language's order
      {"sum(p, over=2)", {1, 2, 2}, {4, 6, 12, 15}},
      {"sum(p, over=3)", {1, 2, 2}, {3, 7, 11, 16}},
      {"sum(p, over=batch)", {2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 9}},
      {"argmax(x)", {2}, {2, 0}},
      {"argmin(x)", {2}, {1, 2}},
      {"argmax(x, over=batch)", {3}, {0, 1, 0}},
      {"argmax(p, over=channels)", {1, 2, 2}, {1, 1, 1, 1}},
      {"argmax(p, over=3)", {1, 2, 2}, {1, 1, 1, 1}},
  });
}

TEST(WordsFunctions, Pointwise) {
  const auto phi = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  check({
      {"abs(x)", {2, 3}, {1, 2, 3, 0.5, 0, 4}},
      {"sqrt(y)", {2, 3}, {0, 1, std::sqrt(2), std::sqrt(3), 2, std::sqrt(5)}},
      {"exp(x) - exp(x)", {2, 3}, {0, 0, 0, 0, 0, 0}},
      {"log(y + 1)", {2, 3}, {0, std::log(2), std::log(3), std::log(4), std::log(5), std::log(6)}},
      {"floor(x)", {2, 3}, {1, -2, 3, 0, 0, -4}},
      {"round(x + 0.25)", {2, 3}, {1, -2, 3, 1, 0, -4}},
      {"sign(x)", {2, 3}, {1, -1, 1, 1, 0, -1}},
      {"sin(y)", {2, 3}, {0, std::sin(1), std::sin(2), std::sin(3), std::sin(4), std::sin(5)}},
      {"cos(y)", {2, 3}, {1, std::cos(1), std::cos(2), std::cos(3), std::cos(4), std::cos(5)}},
      {"clip(x, -1, 2)", {2, 3}, {1, -1, 2, 0.5, 0, -1}},
      {"max(x, y)", {2, 3}, {1, 1, 3, 3, 4, 5}},
      {"min(x, 0, -3)", {2, 3}, {-3, -3, -3, -3, -3, -4}},
      {"where(x > 0, y, -1)", {2, 3}, {0, -1, 2, 3, -1, -1}},
      {"where(x > 0, 1, 0)", {2, 3}, {1, 0, 1, 1, 0, 0}},
      {"where(2 > 1, x, y)", {2, 3}, {1, -2, 3, 0.5, 0, -4}},
      {"where(label == 2, 5, 6)", {2}, {5, 6}},
      {"where(label == 2, 5, label)", {2}, {5, 0}},
      {"where(s < 1, label, label + 4)", {2}, {2, 0}},
      {"where(slice(x, 0, 1) > 0.6, unsqueeze(label, 1), 7)", {2, 1}, {2, 7}},
      {"where(x > 0, 3, unsqueeze(label, 1))", {2, 3}, {3, 2, 3, 3, 0, 0}},
      {"where(p > 4, p, sum(p))", {1, 2, 2, 2}, {37, 37, 37, 37, 5, 6, 7, 9}},
      {"lerp(x, y, 0.5)", {2, 3}, {0.5, -0.5, 2.5, 1.75, 2, 0.5}},
      {"lerp(x, y, s)", {2, 3}, {0.75, -1.25, 2.75, 1.125, 1, -1.75}},
      {"relu(x)", {2, 3}, {1, 0, 3, 0.5, 0, 0}},
      {"leaky_relu(x)", {2, 3}, {1, -0.02, 3, 0.5, 0, -0.04}},
      {"leaky_relu(x, 0.2)", {2, 3}, {1, -0.4, 3, 0.5, 0, -0.8}},
      {"elu(x, 2)", {2, 3}, {1, 2 * std::expm1(-2), 3, 0.5, 0, 2 * std::expm1(-4)}},
      {"silu(x) - x * sigmoid(x)", {2, 3}, {0, 0, 0, 0, 0, 0}},
      {"softplus(x) - log(1 + exp(x))", {2, 3}, {0, 0, 0, 0, 0, 0}},
      {"gelu(x)", {2, 3}, {phi(1), -2 * phi(-2), 3 * phi(3), 0.5 * phi(0.5), 0, -4 * phi(-4)}},
      {"sum(softmax(x), over=channels)", {2}, {1, 1}},
      {"log_softmax(x) - log(softmax(x))", {2, 3}, {0, 0, 0, 0, 0, 0}},
      {"exp(logsumexp(y))",
       {2},
       {1 + std::exp(1) + std::exp(2), std::exp(3) + std::exp(4) + std::exp(5)}},
      {"logsumexp(p * 0 + 100, over=3)",
       {1, 2, 2},
       {100 + std::log(2), 100 + std::log(2), 100 + std::log(2), 100 + std::log(2)}},
      {"softmax(p, over=3) - sigmoid(p * 0 + 1)",
       {1, 2, 2, 2},
       {1 / (1 + std::exp(1)) - 1 / (1 + std::exp(-1)), 0,
        1 / (1 + std::exp(1)) - 1 / (1 + std::exp(-1)), 0,
        1 / (1 + std::exp(1)) - 1 / (1 + std::exp(-1)), 0,
        1 / (1 + std::exp(2)) - 1 / (1 + std::exp(-1)),
        1 / (1 + std::exp(-2)) - 1 / (1 + std::exp(-1))}},
  });
}

TEST(WordsFunctions, Shapes) {
  check({
      {"concat(x, y)", {2, 6}, {1, -2, 3, 0, 1, 2, 0.5, 0, -4, 3, 4, 5}},
      {"concat(x, y, over=batch)", {4, 3}, {1, -2, 3, 0.5, 0, -4, 0, 1, 2, 3, 4, 5}},
      {"concat(p, slice(p, 0, 1))", {1, 3, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 9, 1, 2, 3, 4}},
      {"concat(slice(p, 0, 1, over=3), p, over=3)",
       {1, 2, 2, 3},
       {1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 9}},
      {"slice(x, 1, 3)", {2, 2}, {-2, 3, 0, -4}},
      {"slice(p, 1, 2, over=2)", {1, 2, 1, 2}, {3, 4, 7, 9}},
      {"transpose(x, 1, 0)", {3, 2}, {1, 0.5, -2, 0, 3, -4}},
      {"transpose(p, 0, 1, 3, 2)", {1, 2, 2, 2}, {1, 3, 2, 4, 5, 7, 6, 9}},
      {"reshape(p, [batch, 4])", {2, 4}, {1, 2, 3, 4, 5, 6, 7, 9}},
      {"reshape(reshape(p, [1, 8]), [1, 2, 2, 2])", {1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 9}},
      {"flatten(p)", {1, 8}, {1, 2, 3, 4, 5, 6, 7, 9}},
      {"flatten(x)", {2, 3}, {1, -2, 3, 0.5, 0, -4}},
      {"unsqueeze(x, 1)", {2, 1, 3}, {1, -2, 3, 0.5, 0, -4}},
      {"expand(slice(x, 0, 1), [2, 3])", {2, 3}, {1, 1, 1, 0.5, 0.5, 0.5}},
      {"expand(slice(p, 0, 1), [1, 2, 2, 2])", {1, 2, 2, 2}, {1, 2, 3, 4, 1, 2, 3, 4}},
      {"expand(3, [2, 2])", {2, 2}, {3, 3, 3, 3}},
      {"one_hot(label, 3)", {2, 3}, {0, 0, 1, 1, 0, 0}},
      {"flip(x)", {2, 3}, {3, -2, 1, -4, 0, 0.5}},
      {"flip(x, over=batch)", {2, 3}, {0.5, 0, -4, 1, -2, 3}},
      {"flip(p, over=3)", {1, 2, 2, 2}, {2, 1, 4, 3, 6, 5, 9, 7}},
      {"flip(p, over=2)", {1, 2, 2, 2}, {3, 4, 1, 2, 7, 9, 5, 6}},
      {"flip(p)", {1, 2, 2, 2}, {5, 6, 7, 9, 1, 2, 3, 4}},
      {"flip(label, over=batch)", {2}, {0, 2}},
      {"gather(y, label, over=1)", {2, 2}, {2, 0, 5, 3}},
      {"gather(x, arange(2))", {2, 3}, {1, -2, 3, 0.5, 0, -4}},
      {"gather(label, 1 - arange(2))", {2}, {0, 2}},
      {"one_hot(arange(2), 2)", {2, 2}, {1, 0, 0, 1}},
      {"real(arange(3))", {3}, {0, 1, 2}},
      {"matmul(x, transpose(y, 1, 0))", {2, 2}, {4, 10, -8, -18.5}},
      {"real(label)", {2}, {2, 0}},
      {"gram(p)", {1, 2, 2}, {30.0 / 8, 74.0 / 8, 74.0 / 8, 191.0 / 8}},
      {"total_variation(p)", {}, {(1 + 1 + 1 + 2) / 4.0 + (2 + 2 + 2 + 3) / 4.0}},
  });
}

TEST(WordsFunctions, DrawsKnowTheirShapeAndName) {
  Bench bench;
  bench.give("x", {1, 2, 1, 2}, {1, 2, 3, 4});
  // element i of memory is (i + 0.5) / count; memory has channels last
  expect_numbers(bench.numbers("uniform(like=x)"), {1, 2, 1, 2}, {0.125, 0.625, 0.375, 0.875}, "u",
                 1e-6);
  expect_numbers(bench.numbers("uniform([batch, 2], low=-1, high=3)"), {2, 2},
                 {-0.5, 0.5, 1.5, 2.5}, "u", 1e-6);
  expect_numbers(bench.numbers("normal([batch, 2], mean=1, std=2)"), {2, 2},
                 {1.25, 1.75, 2.25, 2.75}, "n", 1e-6);
  expect_numbers(bench.numbers("bernoulli([4], p=0.5)"), {4}, {1, 1, 0, 0}, "b");
  EXPECT_EQ(bench.draws().words,
            (std::vector<std::string>{"uniform", "uniform", "normal", "bernoulli"}));
}

TEST(WordsFunctions, NormHasNoGradientAtZero) {
  Bench bench;
  bench.give("x", {2, 2}, {0, 0, 3, 4});
  expect_numbers(bench.numbers("grad(norm(x, over=example), x)"), {2, 2}, {0, 0, 0.6, 0.8}, "norm");
  expect_numbers(bench.numbers("grad(sum(stop_gradient(x) * x), x)"), {2, 2}, {0, 0, 3, 4}, "stop");
  // the gradient of a gradient: d/dx sum((3 x^2)^2) = 36 x^3
  expect_numbers(bench.numbers("grad(sum(grad(x * x * x, x)^2), x)"), {2, 2},
                 {0, 0, 36 * 27, 36 * 64}, "twice");
}

struct Failure {
  std::string text;
  std::string message;
};

TEST(WordsFunctions, Errors) {
  const std::vector<Failure> table = {
      {"mean(3)", "mean: expects a tensor as argument 1, got the number 3"},
      {"mean(label)", "mean: expects real values, got labels [2]; real(x) makes labels real"},
      {"sum(x, over=2)", "sum: no axis 2 in [2, 3]"},
      {"sum(label == 1, over=channels)", "sum: no axis 1 (channels) in [2]"},
      {"slice(x, 1, 4)", "slice: expects 0 <= from < to <= 3, got 1 and 4 along axis 1 of [2, 3]"},
      {"slice(x, 0.5, 2)", "slice: expects a whole number of at least 0, got 0.5"},
      {"concat(x, p)", "concat: expects equal shapes but for axis 1, got [2, 3] and [1, 2, 2, 2]"},
      {"transpose(x, 0, 0)", "transpose: expects each axis of [2, 3] once, got [0, 0]"},
      {"reshape(p, [2, 3])", "reshape: [2, 3] needs 6 numbers, got 8 in [1, 2, 2, 2]"},
      {"reshape(p, 8)",
       "reshape: expects a shape like [batch, 10] as argument 2, got the number 8"},
      {"one_hot(x, 3)",
       "one_hot: expects labels [batch], got real values [2, 3]; labels are whole numbers by type"},
      {"gather(x, y)", "gather: expects labels [n], got [2, 3]"},
      {"gather(x, arange(3))",
       "gather: 2 places serve the labels 0 to 1, got labels 0 to 2 (arange(3))"},
      {"arange(0)", "arange: expects a whole number of at least 1, got 0"},
      {"flip(x, over=2)", "flip: no axis 2 in [2, 3]"},
      {"matmul(x, y)",
       "matmul: expects [m, k] and [k, n], or [batch, m, k] and [batch, k, n], got [2, 3] and [2, "
       "3]"},
      {"expand(x, [2, 4])", "expand: expects axes of size 1 where [2, 4] differs, got [2, 3]"},
      {"normal([2], like=x)", "normal: expects either a shape like [batch, 10] or like=x"},
      {"normal([2, 0])", "normal: expects a whole number of at least 1, got 0"},
      {"uniform([2], low=2)", "uniform: expects low below high, got 2 and 1"},
      {"bernoulli([2], p=2)", "bernoulli: expects p in [0, 1], got 2"},
      {"grad(mean(x), y)", "grad: its first argument does not depend on its second"},
      {"clip(x, 1, 0)", "clip: expects the lower bound first, got 1 and 0"},
      {"log(0)", "log: of 0 is not a finite number"},
      {"where(label == 2, label, mean(x, over=1))",
       "where: expects a and b both real or both labels, got labels [2] as a and real values [2] "
       "as b; real(x) makes labels real"},
      {"where(label == 2, label, 0.5)",
       "where: expects a whole number beside labels [2], got 0.5; real(x) makes labels real"},
      {"where(label, 1, 2)",
       "where: expects real values, got labels [2]; real(x) makes labels real"},
      {"gram(x)", "gram: expects [batch, channels, height, width], got [2, 3]"},
      {"mean(x, over=examples)",
       "over= is one of example, batch, channels, <axis>, got 'examples'; did you mean 'example'?"},
  };
  for (const Failure& row : table) {
    Bench bench = usual();
    EXPECT_EQ(bench.failure(row.text), row.message) << row.text;
  }
}

TEST(WordsFunctions, EachWordOnceAndDocumented) {
  std::set<std::string> names;
  for (const FunctionDef& def : functions()) {
    EXPECT_TRUE(names.insert(def.name).second) << def.name;
    EXPECT_FALSE(def.doc.empty()) << def.name;
    EXPECT_EQ(find_function(def.name), &def);
  }
  EXPECT_EQ(find_function("sigmiod"), nullptr);
  EXPECT_TRUE(find_function("normal")->is_draw);
  EXPECT_FALSE(find_function("mean")->is_draw);
}

/// LANGUAGE.md rule 15, but for what needs state (smooth, image_pool, every) and metrics.
TEST(WordsFunctions, EveryWordOfTheLanguageIsThere) {
  for (const char* word : {"dense",
                           "conv",
                           "conv_transpose",
                           "embedding",
                           "flatten",
                           "reshape",
                           "pad",
                           "upsample",
                           "resize",
                           "depth_to_space",
                           "max_pool",
                           "average_pool",
                           "batch_norm",
                           "layer_norm",
                           "instance_norm",
                           "group_norm",
                           "dropout",
                           "minibatch_deviation",
                           "self_attention",
                           "relu",
                           "leaky_relu",
                           "prelu",
                           "elu",
                           "selu",
                           "gelu",
                           "silu",
                           "tanh",
                           "sigmoid",
                           "softplus",
                           "softmax",
                           "concat",
                           "add",
                           "multiply",
                           "blur"})
    EXPECT_NE(find_layer(word), nullptr) << word;
  for (const char* word : {"mse",
                           "mae",
                           "huber",
                           "bce",
                           "bce_with_logits",
                           "cross_entropy",
                           "kl_normal",
                           "gram",
                           "total_variation",
                           "normal",
                           "uniform",
                           "bernoulli",
                           "random_box",
                           "random_label",
                           "concat",
                           "slice",
                           "matmul",
                           "transpose",
                           "unsqueeze",
                           "expand",
                           "lerp",
                           "where",
                           "clip",
                           "min",
                           "max",
                           "abs",
                           "sqrt",
                           "exp",
                           "log",
                           "one_hot",
                           "grad",
                           "stop_gradient",
                           "blur",
                           "real",
                           "argmax",
                           "argmin",
                           "resize",
                           "pad",
                           "upsample",
                           "relu",
                           "softmax",
                           "depth_to_space"})
    EXPECT_NE(find_function(word), nullptr) << word;
}

}  // namespace
}  // namespace agon
