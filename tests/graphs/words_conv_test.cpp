#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/graphs/words_site.h"

namespace agon {
namespace {

using words_test::expect_numbers;
using words_test::Site;
using words_test::wiggly;

struct Geometry {
  std::string layer;
  Shape in;      // channels, height, width
  Shape out;     // likewise
  Shape weight;  // in files
  std::int64_t stride, top, left;
};

NdArray weight_of(const Site& site) {
  const auto& d = site.declared.at("weight");
  return NdArray(Type{DType::F64, d.file.shape}, d.in_file);
}

void add_bias(NdArray& y, const Site& site) {
  const auto bias = site.declared.find("bias");
  if (bias == site.declared.end()) return;
  std::size_t i = 0;
  for_each_index(y.type.shape, [&](const auto& at) {
    y.values[i++] += bias->second.in_file[static_cast<std::size_t>(at[1])];
  });
}

using PlainLoops = NdArray (*)(const NdArray&, const NdArray&, std::int64_t, std::int64_t,
                               std::int64_t, std::int64_t, std::int64_t);

void check(const std::vector<Geometry>& table, PlainLoops loops) {
  for (const Geometry& row : table) {
    Site site;
    const Shape shape{2, row.in[0], row.in[1], row.in[2]};
    site.give("x", shape, wiggly(shape.elements()));
    const Tensor y = site.apply(row.layer);
    EXPECT_EQ(to_text(y.shape()), to_text(Shape{2, row.out[0], row.out[1], row.out[2]}))
        << row.layer;
    EXPECT_EQ(to_text(site.declared.at("weight").file.shape), to_text(row.weight)) << row.layer;
    NdArray expected =
        loops(NdArray(Type{DType::F64, shape}, wiggly(shape.elements())), weight_of(site),
              row.stride, row.top, row.left, row.out[1], row.out[2]);
    add_bias(expected, site);
    expect_numbers(site.numbers(y), expected.type.shape, expected.values, row.layer);
  }
}

TEST(WordsConv, ConvAgreesWithPlainLoopsOverTheFilesWeights) {
  check(
      {
          {"conv: {filters: 2, kernel: 3}", {3, 5, 6}, {2, 3, 4}, {2, 3, 3, 3}, 1, 0, 0},
          {"conv: {filters: 2, kernel: 3, padding: 1, bias: false}",
           {1, 5, 5},
           {2, 5, 5},
           {2, 1, 3, 3},
           1,
           1,
           1},
          {"conv: {filters: 4, kernel: 4, stride: 2, padding: 1}",
           {3, 8, 8},
           {4, 4, 4},
           {4, 3, 4, 4},
           2,
           1,
           1},
          {"conv: {filters: 1, kernel: [2, 3], padding: [0, 1]}",
           {2, 4, 4},
           {1, 3, 4},
           {1, 2, 2, 3},
           1,
           0,
           1},
          // as TensorFlow: ceil(in / stride), the odd pixel at the end
          {"conv: {filters: 1, kernel: 5, stride: 2, padding: same}",
           {1, 8, 7},
           {1, 4, 4},
           {1, 1, 5, 5},
           2,
           1,
           2},
          {"conv: {filters: 1, kernel: 2, padding: same}",
           {1, 4, 4},
           {1, 4, 4},
           {1, 1, 2, 2},
           1,
           0,
           0},
          {"conv: {filters: 1, kernel: 1, stride: 3, padding: same}",
           {1, 7, 6},
           {1, 3, 2},
           {1, 1, 1, 1},
           3,
           0,
           0},
      },
      words_test::plain_conv);
}

TEST(WordsConv, ConvTransposeAgreesWithPlainLoopsOverTheFilesWeights) {
  check(
      {
          {"conv_transpose: {filters: 2, kernel: 4, stride: 2, padding: 1}",
           {3, 4, 5},
           {2, 8, 10},
           {3, 2, 4, 4},
           2,
           1,
           1},
          {"conv_transpose: {filters: 2, kernel: 3, stride: 2, padding: 1, output_padding: 1, "
           "bias: "
           "false}",
           {1, 3, 3},
           {2, 6, 6},
           {1, 2, 3, 3},
           2,
           1,
           1},
          {"conv_transpose: {filters: 1, kernel: 3}", {2, 2, 2}, {1, 4, 4}, {2, 1, 3, 3}, 1, 0, 0},
          {"conv_transpose: {filters: 2, kernel: 5, stride: 2, padding: same}",
           {2, 7, 7},
           {2, 14, 14},
           {2, 2, 5, 5},
           2,
           1,
           1},
          {"conv_transpose: {filters: 1, kernel: 2, stride: 3, padding: same}",
           {1, 2, 2},
           {1, 6, 6},
           {1, 1, 2, 2},
           3,
           0,
           0},
      },
      words_test::plain_conv_transpose);
}

TEST(WordsConv, FansAreCountedAsPyTorchDoes) {
  Site conv;
  conv.give("x", {1, 3, 8, 8}, wiggly(192));
  conv.apply("conv: {filters: 5, kernel: 4}");
  EXPECT_EQ(conv.declared.at("weight").initial.fan_in, 3 * 16);
  EXPECT_EQ(conv.declared.at("weight").initial.fan_out, 5 * 16);
  Site transposed;
  transposed.give("x", {1, 3, 8, 8}, wiggly(192));
  transposed.apply("conv_transpose: {filters: 5, kernel: 4}");
  EXPECT_EQ(transposed.declared.at("weight").initial.fan_in, 5 * 16);
  EXPECT_EQ(transposed.declared.at("weight").initial.fan_out, 3 * 16);
}

struct Failure {
  std::string layer;
  Shape in;  // with batch
  std::string message;
};

TEST(WordsConv, Errors) {
  const std::vector<Failure> table = {
      {"conv: {filters: 2, kernel: 3}",
       {4, 100},
       "conv expects [channels, height, width], got z [100]; begin with dense and reshape"},
      {"conv: {filters: 2, kernel: 7, stride: 2, padding: 1}",
       {1, 1, 3, 9},
       "conv output height floor((3 + 2 * 1 - 7) / 2) + 1 = 0, expected at least 1: the kernel is "
       "larger than the padded input"},
      {"conv_transpose: {filters: 2, kernel: 2, padding: 3}",
       {1, 1, 3, 9},
       "conv_transpose output height (3 - 1) * 1 - 2 * 3 + 2 + 0 = -2, expected at least 1"},
      {"conv_transpose: {filters: 2, kernel: 3, stride: 2, output_padding: 2}",
       {1, 1, 3, 3},
       "conv_transpose expects output_padding below the stride 2, got 2"},
      {"conv_transpose: {filters: 2, kernel: 3, stride: 2, padding: same, output_padding: 1}",
       {1, 1, 3, 3},
       "conv_transpose has either `padding: same` or output_padding"},
  };
  for (const Failure& row : table) {
    Site site;
    site.give("z", row.in, wiggly(row.in.elements()));
    EXPECT_EQ(site.failure(row.layer), row.message) << row.layer;
  }
}

TEST(WordsConv, UnknownAttributesAreSuggestedFor) {
  Site site;
  site.give("x", {1, 1, 8, 8}, wiggly(64));
  EXPECT_EQ(site.failure("conv: {filters: 2, kernel: 3, stirde: 2}"),
            "unknown key 'stirde' in conv; did you mean 'stride'?");
  EXPECT_NE(site.failure("conv: {filters: 2, kernel: 3, padding: smae}"), "");
  EXPECT_NE(site.failure("conv: {filters: 2}"), "");
}

}  // namespace
}  // namespace agon
