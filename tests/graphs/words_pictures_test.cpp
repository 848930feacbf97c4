#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/graphs/words_site.h"

namespace agon {
namespace {

using words_test::Bench;
using words_test::expect_numbers;
using words_test::Site;
using words_test::wiggly;

struct Row {
  std::string text;
  Shape shape;
  std::vector<double> expected;
};

Bench with_picture() {
  Bench bench;
  bench.give("x", {1, 1, 3, 4}, {1, 2, 4, -1, 3, 0, 5, 2, -2, 6, 1, 7});
  return bench;
}

/// Numbers of PyTorch: tests/peer/picture_words.py.
TEST(WordsPictures, AgreeWithPyTorch) {
  const std::vector<Row> table = {
      {"resize(x, [5, 3], by=nearest)",
       {1, 1, 5, 3},
       {1, 2, 4, 1, 2, 4, 3, 0, 5, 3, 0, 5, -2, 6, 1}},
      {"resize(x, [2, 7], by=nearest)", {1, 1, 2, 7}, {1, 1, 2, 2, 4, 4, -1, 3, 3, 0, 0, 5, 5, 2}},
      {"resize(x, [5, 3], by=bilinear)",
       {1, 1, 5, 3},
       {1.166666667, 3, -0.1666666667, 1.7, 2.8, 0.9, 2.5, 2.5, 2.5, 0.6, 3.1, 4.6, -0.6666666667,
        3.5, 6}},
      {"resize(x, [2, 7], by=bilinear)",
       {1, 1, 2, 7},
       {1.5, 1.5, 1.5, 2.875, 3.928571429, 1.357142857, -0.25, -0.75, 1.125, 4.125, 3.25,
        2.267857143, 4.410714286, 5.75}},
      {"resize(x, [5, 3], by=bicubic)",
       {1, 1, 5, 3},
       {0.9769074074, 3.6645, -0.5131296296, 1.875680556, 3.06475, 0.5706527778, 2.482638889, 2.5,
        2.517361111, 0.5939722222, 3.15025, 4.879694444, -1.076824074, 3.8015, 6.391416667}},
      {"resize(x, [2, 7], by=bicubic)",
       {1, 1, 2, 7},
       {1.657973576, 1.342663823, 1.212681362, 3.280029297, 4.228949811, 1.347452681, -0.9786113594,
        -1.32938841, 1.193630919, 4.384658502, 3.381103516, 2.050623591, 4.437362271, 6.372622654}},
      {"upsample(x, 2, by=bilinear)",
       {1, 1, 6, 8},
       {1,      1.25,   1.75,   2.5,    3.5,    2.75,   0.25,   -1,     1.5,    1.5,
        1.5,    2.1875, 3.5625, 3.125,  0.875,  -0.25,  2.5,    2,      1,      1.5625,
        3.6875, 3.875,  2.125,  1.25,   1.75,   1.6875, 1.5625, 2.125,  3.375,  3.8125,
        3.4375, 3.25,   -0.75,  0.5625, 3.1875, 3.875,  2.625,  2.9375, 4.8125, 5.75,
        -2,     0,      4,      4.75,   2.25,   2.5,    5.5,    7}},
      {"upsample(x)", {1, 1, 6, 8}, {1,  1,  2, 2, 4, 4, -1, -1, 1,  1,  2, 2, 4, 4, -1, -1,
                                     3,  3,  0, 0, 5, 5, 2,  2,  3,  3,  0, 0, 5, 5, 2,  2,
                                     -2, -2, 6, 6, 1, 1, 7,  7,  -2, -2, 6, 6, 1, 1, 7,  7}},
      {"resize(x, [1, 2], by=area)", {1, 1, 1, 2}, {1.666666667, 3}},
      {"pad(x, [1, 2, 2, 1], mode=reflect)",
       {1, 1, 6, 7},
       {5, 0, 3,  0, 5, 2, 5, 4, 2, 1, 2, 4, -1, 4, 5, 0, 3, 0, 5, 2,  5,
        1, 6, -2, 6, 1, 7, 1, 5, 0, 3, 0, 5, 2,  5, 4, 2, 1, 2, 4, -1, 4}},
      {"pad(x, [0, 1, 2, 1], mode=replicate)", {1, 1, 4, 7}, {1, 1,  1,  2,  4,  -1, -1, 3, 3, 3,
                                                              0, 5,  2,  2,  -2, -2, -2, 6, 1, 7,
                                                              7, -2, -2, -2, 6,  1,  7,  7}},
      {"pad(x, [1, 0])", {1, 1, 5, 4}, {0, 0, 0,  0, 1, 2, 4, -1, 3, 0,
                                        5, 2, -2, 6, 1, 7, 0, 0,  0, 0}},
      {"space_to_depth(slice(x, 0, 2, over=2), 2)", {1, 4, 1, 2}, {1, 4, 2, -1, 3, 5, 0, 2}},
      {"depth_to_space(space_to_depth(slice(x, 0, 2, over=2), 2), 2)",
       {1, 1, 2, 4},
       {1, 2, 4, -1, 3, 0, 5, 2}},
      {"max_pool(x, 2, stride=1)", {1, 1, 2, 3}, {3, 5, 5, 6, 6, 7}},
      {"average_pool(x, [3, 2])", {1, 1, 1, 2}, {1.666666667, 3}},
      {"average_pool(x, 2, padding=1, ceil=true)", {1, 1, 2, 3}, {0.25, 1.5, -0.25, 0.25, 3, 2.25}},
      {"blur(x)",
       {1, 1, 3, 4},
       {0.875, 1.625, 1.875, 0.8125, 1.125, 2.25, 3, 2.1875, 0.625, 1.875, 2.625, 2.4375}},
      {"instance_norm(x)",
       {1, 1, 3, 4},
       {-0.5019642884, -0.1254910721, 0.6274553605, -1.254910721, 0.2509821442, -0.8784375047,
        1.003928577, -0.1254910721, -1.631383937, 1.380401793, -0.5019642884, 1.756875009}},
  };
  for (const Row& row : table) {
    Bench bench = with_picture();
    expect_numbers(bench.numbers(row.text), row.shape, row.expected, row.text, 1e-8);
  }
}

TEST(WordsPictures, AreasWeighByWhatTheyCover) {
  Bench bench;
  bench.give("x", {1, 1, 1, 3}, {3, 6, 12});
  // [0, 1.5) covers 3 and half of 6
  expect_numbers(bench.numbers("resize(x, [1, 2], by=area)"), {1, 1, 1, 2}, {4, 10}, "fewer");
  expect_numbers(bench.numbers("resize(x, [1, 4], by=area)"), {1, 1, 1, 4}, {3, 5, 8, 12}, "more");
}

TEST(WordsPictures, LayersDoWhatFunctionsDo) {
  struct Both {
    std::string layer, function;
  };
  const std::vector<Both> table = {
      {"resize: {size: [5, 7], by: bicubic}", "resize(x, [5, 7], by=bicubic)"},
      {"resize: 3", "resize(x, 3)"},
      {"upsample: {factor: 3, by: bilinear}", "upsample(x, 3, by=bilinear)"},
      {"upsample", "upsample(x, 2)"},
      {"blur", "blur(x)"},
      {"blur: 5", "blur(x, 5)"},
      {"pad: {sizes: [1, 2], mode: reflect}", "pad(x, [1, 2], mode=reflect)"},
      {"space_to_depth: 2", "space_to_depth(x, 2)"},
      {"depth_to_space: 2", "depth_to_space(x, 2)"},
      {"max_pool: {kernel: [2, 3], stride: 1, padding: 1}",
       "max_pool(x, [2, 3], stride=1, padding=1)"},
      {"average_pool: {kernel: 3, ceil: true}", "average_pool(x, 3, ceil=true)"},
      {"instance_norm: {eps: 1e-3}", "instance_norm(x, eps=1e-3)"},
  };
  const Shape shape{2, 4, 4, 6};
  for (const Both& row : table) {
    Site site;
    site.give("x", shape, wiggly(shape.elements()));
    Bench bench;
    bench.give("x", shape, wiggly(shape.elements()));
    const NdArray of_layer = site.numbers(site.apply(row.layer));
    const NdArray of_function = bench.numbers(row.function);
    expect_numbers(of_layer, of_function.type.shape, of_function.values, row.layer, 0);
  }
}

TEST(WordsPictures, PassGradientsByTheTranspose) {
  for (const std::string map : {"resize(x, [5, 3], by=bicubic)", "blur(x)",
                                "pad(x, 2, mode=reflect)", "resize(x, [2, 3], by=area)"}) {
    Bench bench = with_picture();
    // for a linear map A: grad(sum(A x * A x) / 2, x) . x = |A x|^2
    const double expected = bench.numbers("sum(" + map + "^2)").values[0];
    const double got = bench.numbers("sum(grad(sum(" + map + "^2) / 2, x) * x)").values[0];
    EXPECT_NEAR(got, expected, 1e-9 * expected) << map;
  }
}

TEST(WordsPictures, RandomBoxesLieInside) {
  Bench bench;
  // u = 1/8, 3/8, 5/8, 7/8: height 2 + floor(3/8) = 2 from floor(3/8 * 4) = 1 on,
  // width 2 + floor(15/8) = 3 from floor(7/8 * 4) = 3 on
  expect_numbers(bench.numbers("random_box([1, 1, 5, 6], low=2, high=4)"), {1, 1, 5, 6},
                 {0, 0, 0, 0, 0, 0,  //
                  0, 0, 0, 1, 1, 1,  //
                  0, 0, 0, 1, 1, 1,  //
                  0, 0, 0, 0, 0, 0,  //
                  0, 0, 0, 0, 0, 0},
                 "box");
  const NdArray boxes =
      bench.numbers("sum(random_box([50, 2, 7, 9], low=3, high=3), over=example)");
  EXPECT_EQ(boxes.values, std::vector<double>(50, 18));
  EXPECT_EQ(bench.draws().words, (std::vector<std::string>{"random_box", "random_box"}));
}

TEST(WordsPictures, RandomLabelsAreWholeAndBelowTheirCount) {
  Bench bench;
  const Term drawn = bench.term("random_label([8], 4)");
  EXPECT_EQ(drawn.as_tensor()->dtype(), DType::I32);
  expect_numbers(bench.numbers(drawn), {8}, {0, 0, 1, 1, 2, 2, 3, 3}, "labels");
  expect_numbers(bench.numbers("random_label([batch, 2], 2)"), {2, 2}, {0, 0, 1, 1}, "labels");
  expect_numbers(bench.numbers("one_hot(random_label([batch, 2], 2), 2)"), {2, 2, 2},
                 {1, 0, 1, 0, 0, 1, 0, 1}, "one_hot");
}

TEST(WordsPictures, EmbeddingOfSeveralLabels) {
  Site site;
  site.give("y", {2, 2}, {1, 0, 2, 1}, DType::I32);
  const Tensor rows = site.apply("embedding: {dimension: 2, rows: 3}");
  const std::vector<double>& w = site.declared.at("weight").in_file;
  expect_numbers(site.numbers(rows), {2, 2, 2}, {w[2], w[3], w[0], w[1], w[4], w[5], w[2], w[3]},
                 "embedding", 1e-6);
}

TEST(WordsPictures, Errors) {
  struct Failure {
    std::string text, message;
  };
  const std::vector<Failure> functions = {
      {"resize(x, [1, 2, 3])", "resize: expects n or [height, width], got a list of 3"},
      {"resize(x, 0)", "resize: expects a whole number of at least 1, got 0"},
      {"resize(y, 2)", "resize: expects [batch, channels, height, width], got [2, 3]"},
      {"resize(x, 2, by=cubic)", "by= is one of nearest, bilinear, bicubic, area, got 'cubic'"},
      {"blur(x, 2)", "blur: expects an odd number of pixels, got 2"},
      {"pad(x, [1, 2, 3])", "pad: expects 1, 2 or 4 numbers, got 3"},
      {"pad(x, 3, mode=reflect)", "pad: expects padding below height and width, got [1, 1, 3, 4]"},
      {"space_to_depth(x, 2)",
       "space_to_depth: expects height and width that 2 divides, got [1, 1, 3, 4]"},
      {"max_pool(x, 5)",
       "max_pool: output height floor((3 - 5) / 5) + 1 = 0, expected at least 1: the kernel is "
       "larger than the padded input"},
      {"random_label([2], 0)", "random_label: expects a whole number of at least 1, got 0"},
      {"random_box([2, 3])",
       "random_box: expects a shape [batch, channels, height, width], got [2, 3]"},
      {"random_box([2, 1, 8, 6], low=3, high=7)",
       "random_box: expects whole numbers 1 <= low <= high <= 6, the shorter side, got 3 and 7"},
  };
  for (const Failure& row : functions) {
    Bench bench = with_picture();
    bench.give("y", {2, 3}, wiggly(6));
    EXPECT_EQ(bench.failure(row.text), row.message);
  }
  const std::vector<Failure> layers = {
      {"pad: {sizes: 9, mode: reflect}",
       "pad expects padding below height and width, got x [1, 3, 4]"},
      {"blur: 4", "blur expects an odd number of pixels, got 4"},
      {"resize: {size: 3, by: linear}",
       "expected nearest, bilinear, bicubic or area, got 'linear'; did you mean 'bilinear'?"},
  };
  for (const Failure& row : layers) {
    Site site;
    site.give("x", {1, 1, 3, 4}, wiggly(12));
    EXPECT_EQ(site.failure(row.text), row.message);
  }
}

}  // namespace
}  // namespace agon
