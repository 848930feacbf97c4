#include <gtest/gtest.h>

#include <cmath>

#include "tests/graphs/words_bench.h"

namespace agon {
namespace {

using words_test::Bench;
using words_test::expect_numbers;

Bench usual() {
  Bench bench;
  bench.give("x", {2, 3}, {1, -2, 3, 0.5, 0.1, -4});
  bench.give("y", {2, 3}, {0, 1, 2, 3, 4, 5});
  bench.give("p", {2, 2}, {0.2, 0.9, 0.5, 0.7});
  bench.give("t", {2, 2}, {0, 1, 0.25, 0.5});
  bench.give("label", {2}, {2, 0}, DType::I32);
  bench.give("lower", {2, 2}, {-1, 1, 0, 0});
  return bench;
}

double bce(double p, double t) {
  return -t * std::log(p) - (1 - t) * std::log(1 - p);
}

double logits(double x, double t) {
  return std::log1p(std::exp(x)) - t * x;
}

struct Row {
  std::string text;
  double expected;
};

TEST(WordsLosses, Values) {
  const double squares = 1 + 9 + 1 + 6.25 + 3.9 * 3.9 + 81;
  const double distances = 1 + 3 + 1 + 2.5 + 3.9 + 9;
  const double huber = 0.5 + 2.5 + 0.5 + 2 + 3.4 + 8.5;
  const double entropy = bce(0.2, 0) + bce(0.9, 1) + bce(0.5, 0.25) + bce(0.7, 0.5);
  const auto lse = [](double a, double b, double c) {
    return std::log(std::exp(a) + std::exp(b) + std::exp(c));
  };
  const double kl = 0.5 * ((1 + 1 - 0 - 1) + (4 + std::exp(1.0) - 1 - 1) +
                           (9 + std::exp(2.0) - 2 - 1) + (0.25 + std::exp(3.0) - 3 - 1) +
                           (0.01 + std::exp(4.0) - 4 - 1) + (16 + std::exp(5.0) - 5 - 1));
  const std::vector<Row> table = {
      {"mse(x, y)", squares / 6},
      {"mse(x, y, per=example)", squares / 2},
      {"mse(x, 1)", (0 + 9 + 4 + 0.25 + 0.81 + 25) / 6},
      {"mse(1, x)", (0 + 9 + 4 + 0.25 + 0.81 + 25) / 6},
      {"mse(1, 3)", 4},
      {"mae(x, y)", distances / 6},
      {"mae(x, y, per=example)", distances / 2},
      {"huber(x, y)", huber / 6},
      {"huber(x, y, delta=100)", squares / 12},
      {"huber(5, 1)", 3.5},
      {"bce(p, t)", entropy / 4},
      {"bce(p, t, per=example)", entropy / 2},
      {"bce(p, 1)", (bce(0.2, 1) + bce(0.9, 1) + bce(0.5, 1) + bce(0.7, 1)) / 4},
      {"bce(p, 0)", (bce(0.2, 0) + bce(0.9, 0) + bce(0.5, 0) + bce(0.7, 0)) / 4},
      {"bce_with_logits(p, t)",
       (logits(0.2, 0) + logits(0.9, 1) + logits(0.5, 0.25) + logits(0.7, 0.5)) / 4},
      {"bce_with_logits(p, 1)",
       (logits(0.2, 1) + logits(0.9, 1) + logits(0.5, 1) + logits(0.7, 1)) / 4},
      {"bce_with_logits(p, 0.9)",
       (logits(0.2, 0.9) + logits(0.9, 0.9) + logits(0.5, 0.9) + logits(0.7, 0.9)) / 4},
      {"bce_with_logits(1, 1)", 0.31326168751822286},
      {"cross_entropy(x, label)", (lse(1, -2, 3) - 3 + lse(0.5, 0.1, -4) - 0.5) / 2},
      {"kl_normal(x, y)", kl / 2},
  };
  for (const Row& row : table) {
    Bench bench = usual();
    expect_numbers(bench.numbers(row.text), {}, {row.expected}, row.text, 1e-7);
  }
}

TEST(WordsLosses, FirstDerivativesAgreeWithDifferences) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"mse(x, y)", "x"},
      {"mse(x, y, per=example)", "y"},
      {"mae(x, y)", "x"},
      {"huber(x, y)", "x"},
      {"bce(p, t)", "p"},
      {"bce(p, 1)", "p"},
      {"bce_with_logits(x, 1)", "x"},
      {"bce_with_logits(p, t)", "p"},
      {"cross_entropy(x * 1.5, label)", "x"},
      {"kl_normal(x, y)", "x"},
      {"kl_normal(x, y)", "y"},
      {"mean((norm(x * x, over=example) - 1)^2)", "x"},
      {"std(x)", "x"},
      {"mean(softmax(x) * y)", "x"},
  };
  for (const auto& [loss, with] : table) {
    Bench bench = usual();
    const NdArray gradient = bench.numbers("grad(" + loss + ", " + with + ")");
    const Term term = bench.term(loss);
    for (std::int64_t i = 0; i < gradient.size(); ++i) {
      const double step = 1e-5;
      bench.change(with, i, step);
      const double above = bench.numbers(term)[0];
      bench.change(with, i, -2 * step);
      const double below = bench.numbers(term)[0];
      bench.change(with, i, step);
      EXPECT_NEAR(gradient[i], (above - below) / (2 * step), 1e-6) << loss << " by " << with;
    }
  }
}

TEST(WordsLosses, SaturatedValuesStayFinite) {
  Bench bench;
  bench.give("p", {4}, {0, 1, 0, 1}, DType::F32);
  bench.give("t", {4}, {0, 1, 1, 0}, DType::F32);
  bench.give("x", {3}, {-200, 0, 200}, DType::F32);
  bench.give("far", {1, 2}, {1000, -1000}, DType::F32);
  bench.give("label", {1}, {1}, DType::I32);
  expect_numbers(bench.numbers("bce(p, t)"), {}, {50}, "as PyTorch: logarithms end at -100");
  for (const double d : bench.numbers("grad(bce(p, t), p)").values) EXPECT_TRUE(std::isfinite(d));
  expect_numbers(bench.numbers("bce_with_logits(x, 1)"), {}, {(200 + std::log(2.0)) / 3}, "logits",
                 1e-6);
  expect_numbers(bench.numbers("grad(bce_with_logits(x, 1), x)"), {3}, {-1 / 3.0, -1 / 6.0, 0},
                 "logits' gradient", 1e-6);
  expect_numbers(bench.numbers("cross_entropy(far, label)"), {}, {2000}, "cross entropy");
}

struct Failure {
  std::string text;
  std::string message;
};

TEST(WordsLosses, Errors) {
  const std::vector<Failure> table = {
      {"mse(x, p)", "mse: expects equal shapes, got [2, 3] and [2, 2]"},
      {"mse(x, slice(y, 0, 1))", "mse: expects equal shapes, got [2, 3] and [2, 1]"},
      {"mse(label, 1)", "mse: expects real values, got labels [2]; real(x) makes labels real"},
      {"bce(p, 2)", "bce: expects a target in [0, 1], got 2"},
      {"bce_with_logits(x, -1)", "bce_with_logits: expects a target in [0, 1], got -1"},
      {"bce(p, tanh(p))", "bce: expects a target in [0, 1], got values in [-1, 1]"},
      {"bce_with_logits(sigmoid(x), 1)",
       "bce_with_logits: its logits are already a probability; use bce, or leave the sigmoid out"},
      {"huber(x, y, delta=0)", "huber: expects delta above 0, got 0"},
      {"cross_entropy(x, y)",
       "cross_entropy: expects labels [batch], such as data.label, got real values [2, 3]; "
       "argmax(x) makes labels of one_hot rows"},
      {"cross_entropy(x, one_hot(label, 3))",
       "cross_entropy: expects labels [batch], such as data.label, got real values [2, 3]; "
       "argmax(x) makes labels of one_hot rows"},
      {"cross_entropy(sum(x), label)",
       "cross_entropy: expects logits [batch, classes] and labels [batch], got [] and labels [2]"},
      {"cross_entropy(softmax(x), label)",
       "cross_entropy: its logits are already probabilities; leave the softmax out"},
      {"kl_normal(x, p)", "kl_normal: expects equal shapes, got [2, 3] and [2, 2]"},
      {"mse(x)", "mse(x, y) expects 2 arguments, got 1"},
      {"mse(x, y, per=batch)", "per= is one of example, got 'batch'"},
  };
  for (const Failure& row : table) {
    Bench bench = usual();
    EXPECT_EQ(bench.failure(row.text), row.message) << row.text;
  }
}

}  // namespace
}  // namespace agon
