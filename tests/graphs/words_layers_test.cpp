#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/graphs/words_site.h"

namespace agon {
namespace {

using words_test::expect_numbers;
using words_test::Site;
using words_test::wiggly;

NdArray picture(const Shape& shape, double phase = 0) {
  return NdArray(Type{DType::F64, shape}, wiggly(shape.elements(), phase));
}

/// rows [units, features] times each example, plus bias: in the file's order.
std::vector<double> plain_dense(const std::vector<double>& x, std::size_t features,
                                const std::vector<double>& w, const std::vector<double>& b) {
  std::vector<double> y;
  for (std::size_t n = 0; n < x.size() / features; ++n) {
    for (std::size_t u = 0; u < w.size() / features; ++u) {
      double sum = b.empty() ? 0 : b[u];
      for (std::size_t f = 0; f < features; ++f) sum += x[n * features + f] * w[u * features + f];
      y.push_back(sum);
    }
  }
  return y;
}

TEST(WordsLayers, DenseMultipliesByTheFilesWeight) {
  Site site;
  site.give("x", {3, 4}, wiggly(12));
  const Tensor y = site.apply("dense: 2");
  const auto& w = site.declared.at("weight");
  EXPECT_EQ(to_text(w.file.shape), "[2, 4]");
  EXPECT_EQ(w.initial.fan_in, 4);
  EXPECT_EQ(w.initial.fan_out, 2);
  expect_numbers(site.numbers(y), {3, 2},
                 plain_dense(wiggly(12), 4, w.in_file, site.declared.at("bias").in_file), "dense");
}

TEST(WordsLayers, DenseBehindAPictureReadsItAsItLies) {
  Site site;
  site.give("x", {2, 3, 2, 2}, wiggly(24));
  const Tensor flat = site.apply("flatten");
  expect_numbers(site.numbers(flat), {2, 12}, wiggly(24), "flatten");
  site.become(flat);
  const Tensor y = site.apply("dense: 5");
  const auto& w = site.declared.at("weight");
  EXPECT_EQ(to_text(w.file.shape), "[5, 12]");
  EXPECT_EQ(to_text(w.file.view), "[5, 3, 2, 2]");
  expect_numbers(site.numbers(y), {2, 5},
                 plain_dense(wiggly(24), 12, w.in_file, site.declared.at("bias").in_file), "dense");
  int products = 0;
  for (const auto& node : site.graph().nodes()) {
    if (!node->is("matmul")) continue;
    EXPECT_TRUE(node->in(0).node->is("reshape"));
    EXPECT_TRUE(node->in(0).node->in(0).node->is("input"));
    ++products;
  }
  EXPECT_EQ(products, 1);
}

TEST(WordsLayers, DenseBeforeAPictureGivesItAsItWillLie) {
  Site site;
  site.give("x", {2, 2, 1, 3}, wiggly(12));
  site.become(site.apply("flatten"));
  site.becomes = Shape{3, 2, 2};
  const Tensor flat = site.apply("dense: 12");
  const auto& w = site.declared.at("weight");
  EXPECT_EQ(to_text(w.file.shape), "[12, 6]");
  EXPECT_EQ(to_text(w.file.view), "[3, 2, 2, 2, 1, 3]");
  EXPECT_EQ(to_text(site.declared.at("bias").file.view), "[3, 2, 2]");
  const auto expected = plain_dense(wiggly(12), 6, w.in_file, site.declared.at("bias").in_file);
  expect_numbers(site.numbers(flat), {2, 12}, expected, "dense");
  site.become(flat);
  const Tensor picture = site.apply("reshape: [3, 2, 2]");
  expect_numbers(site.numbers(picture), {2, 3, 2, 2}, expected, "reshape");
  EXPECT_TRUE(picture.channels_last);
  EXPECT_TRUE(picture.value.node->is("reshape"));
  EXPECT_FALSE(picture.value.node->in(0).node->is("transpose"));
}

TEST(WordsLayers, EmbeddingTakesRowsOfItsTable) {
  Site site;
  site.params["data.classes"] = 4;
  site.give("y", {3}, {3, 0, 3}, DType::I32);
  const Tensor rows = site.apply("embedding: 2");
  const std::vector<double>& w = site.declared.at("weight").in_file;
  EXPECT_EQ(to_text(site.declared.at("weight").file.shape), "[4, 2]");
  expect_numbers(site.numbers(rows), {3, 2}, {w[6], w[7], w[0], w[1], w[6], w[7]}, "embedding",
                 1e-6);
}

struct Row {
  std::string layer;
  Shape in;
  std::vector<double> x;
  Shape out;
  std::vector<double> y;
};

TEST(WordsLayers, WithoutParameters) {
  const std::vector<double> ramp = {0, 1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<Row> table = {
      {"flatten", {1, 2, 1, 2}, {1, 2, 3, 4}, {1, 4}, {1, 2, 3, 4}},
      {"reshape: [2, 1, 2]", {1, 4}, {1, 2, 3, 4}, {1, 2, 1, 2}, {1, 2, 3, 4}},
      {"pad: 1", {1, 1, 1, 1}, {5}, {1, 1, 3, 3}, {0, 0, 0, 0, 5, 0, 0, 0, 0}},
      {"pad: [0, 1, 2, 0]", {1, 1, 1, 1}, {5}, {1, 1, 2, 3}, {0, 0, 5, 0, 0, 0}},
      {"upsample: 2", {1, 1, 1, 2}, {1, 2}, {1, 1, 2, 4}, {1, 1, 2, 2, 1, 1, 2, 2}},
      {"depth_to_space: 2",
       {1, 4, 1, 2},
       {0, 1, 2, 3, 4, 5, 6, 7},
       {1, 1, 2, 4},
       {0, 2, 1, 3, 4, 6, 5, 7}},
      {"depth_to_space: 2",
       {1, 8, 1, 1},
       {0, 1, 2, 3, 4, 5, 6, 7},
       {1, 2, 2, 2},
       {0, 1, 2, 3, 4, 5, 6, 7}},
      {"max_pool: 2", {1, 1, 3, 3}, ramp, {1, 1, 1, 1}, {4}},
      {"max_pool: {kernel: 2, stride: 1}", {1, 1, 3, 3}, ramp, {1, 1, 2, 2}, {4, 5, 7, 8}},
      {"max_pool: {kernel: 2, ceil: true}", {1, 1, 3, 3}, ramp, {1, 1, 2, 2}, {4, 5, 7, 8}},
      {"max_pool: {kernel: 3, stride: 2, padding: 1}",
       {1, 1, 3, 3},
       ramp,
       {1, 1, 2, 2},
       {4, 5, 7, 8}},
      {"average_pool: 3", {1, 1, 3, 3}, ramp, {1, 1, 1, 1}, {4}},
      {"average_pool: {kernel: 2, ceil: true}", {1, 1, 3, 3}, ramp, {1, 1, 2, 2}, {2, 3.5, 6.5, 8}},
      {"average_pool: {kernel: 2, padding: 1, ceil: true}",
       {1, 1, 3, 3},
       ramp,
       {1, 1, 2, 2},
       {0, 0.75, 2.25, 6}},
      {"leaky_relu: 0.2", {1, 2}, {-1, 2}, {1, 2}, {-0.2, 2}},
      {"leaky_relu", {1, 2}, {-1, 2}, {1, 2}, {-0.01, 2}},
      {"elu: {alpha: 2}", {1, 1}, {-1}, {1, 1}, {2 * std::expm1(-1)}},
      {"relu", {1, 2}, {-1, 2}, {1, 2}, {0, 2}},
      {"softmax", {1, 2}, {0, 0}, {1, 2}, {0.5, 0.5}},
      {"concat: x", {1, 1, 1, 2}, {1, 2}, {1, 2, 1, 2}, {1, 2, 1, 2}},
      {"concat: [x, x, x]", {1, 1}, {1}, {1, 3}, {1, 1, 1}},
      {"add: x", {1, 2}, {1, 2}, {1, 2}, {2, 4}},
      {"multiply: [x, x, x]", {1, 2}, {1, 2}, {1, 2}, {1, 8}},
      {"dropout: 0", {1, 2}, {1, 2}, {1, 2}, {1, 2}},
  };
  for (const Row& row : table) {
    Site site;
    site.give("x", row.in, row.x);
    expect_numbers(site.numbers(site.apply(row.layer)), row.out, row.y, row.layer);
  }
}

TEST(WordsLayers, DropoutKeepsTheMean) {
  Site training;
  training.give("x", {1, 4}, {1, 2, 3, 4});
  // the mask's draws are 1/8, 3/8, 5/8, 7/8
  expect_numbers(training.numbers(training.apply("dropout: 0.25")), {1, 4},
                 {0, 2 / 0.75, 3 / 0.75, 4 / 0.75}, "dropout", 1e-6);
  Site whole;
  whole.give("x", {1, 2, 1, 2}, {1, 2, 3, 4});
  // one draw for each channel, 1/4 and 3/4
  expect_numbers(whole.numbers(whole.apply("dropout: {p: 0.5, channels: true}")), {1, 2, 1, 2},
                 {0, 0, 6, 8}, "of channels");
  Site inferring(false);
  inferring.give("x", {1, 4}, {1, 2, 3, 4});
  expect_numbers(inferring.numbers(inferring.apply("dropout")), {1, 4}, {1, 2, 3, 4}, "infers");
}

/// Mean and biased variance of the elements for which `group` gives the same number.
struct Moments {
  std::map<std::int64_t, double> mean, variance, count;
};

template <class Group>
Moments moments(const NdArray& x, Group group) {
  Moments m;
  const auto each = [&](auto visit) {
    std::int64_t i = 0;
    for_each_index(x.type.shape, [&](const auto& at) { visit(group(at), x[i++]); });
  };
  each([&](std::int64_t g, double v) { m.mean[g] += v, m.count[g] += 1; });
  for (auto& [g, sum] : m.mean) sum /= m.count[g];
  each([&](std::int64_t g, double v) { m.variance[g] += (v - m.mean[g]) * (v - m.mean[g]); });
  for (auto& [g, sum] : m.variance) sum /= m.count[g];
  return m;
}

template <class Group, class Affine>
std::vector<double> plain_norm(const NdArray& x, double eps, Group group, Affine affine) {
  const Moments m = moments(x, group);
  std::vector<double> y;
  for_each_index(x.type.shape, [&](const auto& at) {
    const std::int64_t g = group(at);
    const double v = x[static_cast<std::int64_t>(y.size())];
    y.push_back(affine(at, (v - m.mean.at(g)) / std::sqrt(m.variance.at(g) + eps)));
  });
  return y;
}

TEST(WordsLayers, NormsAgreeWithPlainLoops) {
  const Shape shape{2, 4, 2, 3};
  const NdArray x = picture(shape);
  const auto run = [&](const std::string& layer, auto group, double eps) {
    Site site;
    site.give("x", shape, x.values);
    const Tensor y = site.apply(layer);
    const auto by_channel = [&](const auto& at, double v) {
      if (!site.declared.contains("weight")) return v;
      const auto c = static_cast<std::size_t>(at[1]);
      return v * site.declared.at("weight").in_file[c] + site.declared.at("bias").in_file[c];
    };
    expect_numbers(site.numbers(y), shape, plain_norm(x, eps, group, by_channel), layer);
  };
  run(
      "batch_norm", [](const auto& at) { return at[1]; }, 1e-5);
  run(
      "batch_norm: {eps: 0.1, affine: false}", [](const auto& at) { return at[1]; }, 0.1);
  run(
      "instance_norm", [](const auto& at) { return at[0] * 100 + at[1]; }, 1e-5);
  run(
      "instance_norm: {affine: true}", [](const auto& at) { return at[0] * 100 + at[1]; }, 1e-5);
  run(
      "group_norm: 2", [](const auto& at) { return at[0] * 100 + at[1] / 2; }, 1e-5);
}

TEST(WordsLayers, LayerNormHasAWeightForEachNumberOfAnExample) {
  for (const Shape& shape : {Shape{2, 3, 2, 2}, Shape{2, 5}}) {
    Site site;
    const NdArray x = picture(shape);
    site.give("x", shape, x.values);
    const Tensor y = site.apply("layer_norm");
    const Shape example = shape.without(0);
    EXPECT_EQ(to_text(site.declared.at("weight").file.shape), to_text(example));
    std::int64_t i = 0;
    const auto affine = [&](const auto&, double v) {
      const auto at = static_cast<std::size_t>(i++ % example.elements());
      return v * site.declared.at("weight").in_file[at] + site.declared.at("bias").in_file[at];
    };
    expect_numbers(site.numbers(y), shape,
                   plain_norm(
                       x, 1e-5, [](const auto& at) { return at[0]; }, affine),
                   "layer_norm");
  }
}

TEST(WordsLayers, BatchNormMovesItsStatisticsAndInfersWithThem) {
  for (const Shape& shape : {Shape{3, 2, 2, 2}, Shape{5, 2}}) {
    Site site;
    const NdArray x = picture(shape);
    site.give("x", shape, x.values);
    site.apply("batch_norm: {momentum: 0.2}");
    const Moments m = moments(x, [](const auto& at) { return at[1]; });
    EXPECT_EQ(site.moved.at("running_mean").momentum, 0.2);
    const auto tensor = [](Value v) {
      Tensor t;
      t.value = v;
      return t;
    };
    const double unbiased = m.count.at(0) / (m.count.at(0) - 1);
    expect_numbers(site.numbers(tensor(site.moved.at("running_mean").value)), {2},
                   {m.mean.at(0), m.mean.at(1)}, "running_mean");
    expect_numbers(site.numbers(tensor(site.moved.at("running_var").value)), {2},
                   {m.variance.at(0) * unbiased, m.variance.at(1) * unbiased}, "running_var");

    Site inferring(false);
    inferring.give("x", shape, x.values);
    const Tensor y = inferring.apply("batch_norm");
    EXPECT_TRUE(inferring.moved.empty());
    EXPECT_EQ(inferring.declared.at("running_var").initial.value, 1);
    std::vector<double> expected;
    for_each_index(shape, [&](const auto& at) {
      const auto c = static_cast<std::size_t>(at[1]);
      const auto number = [&](const char* name) { return inferring.declared.at(name).in_file[c]; };
      const double v = x[static_cast<std::int64_t>(expected.size())];
      expected.push_back((v - number("running_mean")) / std::sqrt(number("running_var") + 1e-5) *
                             number("weight") +
                         number("bias"));
    });
    expect_numbers(inferring.numbers(y), shape, expected, "infers");
  }
}

TEST(WordsLayers, PreluLearnsASlopeForEachChannelWhereAsked) {
  Site site;
  site.give("x", {1, 2, 1, 2}, {-2, 3, -4, -1});
  const Tensor y = site.apply("prelu: {initial: 0.1, channels: true}");
  const std::vector<double>& w = site.declared.at("weight").in_file;
  EXPECT_EQ(site.declared.at("weight").initial.value, 0.1);
  expect_numbers(site.numbers(y), {1, 2, 1, 2}, {-2 * w[0], 3, -4 * w[1], -w[1]}, "prelu");
}

TEST(WordsLayers, PreluLearnsOneSlope) {
  Site site;
  site.give("x", {1, 2}, {-2, 3});
  const Tensor y = site.apply("prelu");
  EXPECT_EQ(site.declared.at("weight").initial.value, 0.25);
  expect_numbers(site.numbers(y), {1, 2}, {-2 * site.declared.at("weight").in_file[0], 3}, "prelu");
}

struct Failure {
  std::string layer;
  Shape in;
  std::string message;
  DType dtype = DType::F64;
};

TEST(WordsLayers, Errors) {
  const std::vector<Failure> table = {
      {"dense: 10", {4, 1, 28, 28}, "dense expects [features], got x [1, 28, 28]; flatten first"},
      {"dense: 10",
       {4},
       "dense expects real values, got x labels []; use one_hot or embedding",
       DType::I32},
      {"embedding: 3", {4, 2}, "embedding expects labels, got x [2]"},
      {"embedding: 3",
       {4},
       "embedding expects `rows`, since the data has no classes to count",
       DType::I32},
      {"reshape: [1, 28, 28]", {4, 1}, "reshape [1, 28, 28] needs 784 numbers, x has 1"},
      {"concat: h",
       {4, 3},
       "concat expects sizes that differ in channels only, got [3] and [1, 2, 2]"},
      {"add: h",
       {4, 1, 2, 3},
       "expects equal shapes or axes of size 1, got [4, 1, 2, 3] and [4, 1, 2, 2]"},
      {"batch_norm",
       {1, 3},
       "batch_norm expects more than one number for each channel to train, got x [3] in a batch of "
       "1"},
      {"batch_norm",
       {1, 3, 3},
       "batch_norm expects [features] or [channels, height, width], got x [3, 3]"},
      {"depth_to_space: 2",
       {1, 6, 2, 2},
       "depth_to_space expects channels that 4 divides, got x [6, 2, 2]"},
      {"group_norm: 2",
       {1, 3, 2, 2},
       "group_norm expects channels that 2 divides, got x [3, 2, 2]"},
      {"max_pool: 4",
       {1, 1, 3, 8},
       "max_pool output height floor((3 - 4) / 4) + 1 = 0, expected at least 1: the kernel is "
       "larger "
       "than the padded input"},
      {"max_pool: {kernel: 2, padding: 2}",
       {1, 1, 3, 8},
       "max_pool expects padding of at most half the kernel 2, got 2"},
      {"relu: 2", {1, 1}, "expected no argument for relu, got '2'"},
      {"flatten: 2", {1, 1}, "expected no argument for flatten, got '2'"},
      {"dropout: 1", {1, 1}, "expected a number in [0, 1), got 1"},
      {"relu",
       {1},
       "relu: expects real values, got labels [1]; real(x) makes labels real",
       DType::I32},
  };
  for (const Failure& row : table) {
    Site site;
    site.give("x", row.in, wiggly(row.in.elements()), row.dtype);
    site.give("h", {4, 1, 2, 2}, wiggly(16));
    EXPECT_EQ(site.failure(row.layer), row.message) << row.layer;
  }
}

TEST(WordsLayers, EachWordOnce) {
  std::set<std::string> words;
  for (const LayerDef& def : layers()) {
    EXPECT_TRUE(words.insert(def.word).second) << def.word;
    EXPECT_FALSE(def.doc.empty()) << def.word;
  }
  EXPECT_FALSE(words.contains("relu"));
  EXPECT_EQ(find_layer("relu")->word, "relu");
  EXPECT_EQ(find_layer("mse"), nullptr);
}

}  // namespace
}  // namespace agon
