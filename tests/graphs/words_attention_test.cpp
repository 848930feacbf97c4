#include <gtest/gtest.h>

#include <cmath>

#include "tests/graphs/words_site.h"

namespace agon {
namespace {

using words_test::expect_numbers;
using words_test::Site;
using words_test::wiggly;

/// A convolution with kernel 1 on [pixels][channels], its weights in the file's order.
std::vector<std::vector<double>> each_pixel(const Site& site, const std::string& name,
                                            const std::vector<std::vector<double>>& x) {
  const std::vector<double>& w = site.declared.at(name + ".weight").in_file;
  const std::vector<double>& b = site.declared.at(name + ".bias").in_file;
  std::vector<std::vector<double>> y;
  for (const auto& pixel : x) {
    std::vector<double> out = b;
    for (std::size_t o = 0; o < b.size(); ++o)
      for (std::size_t c = 0; c < pixel.size(); ++c) out[o] += w[o * pixel.size() + c] * pixel[c];
    y.push_back(out);
  }
  return y;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

TEST(WordsAttention, EachPixelTakesFromAll) {
  const std::size_t channels = 3, pixels = 4;
  Site site;
  site.give("x", {1, 3, 2, 2}, wiggly(12));
  const Tensor y = site.apply("self_attention: 2");
  EXPECT_EQ(to_text(site.declared.at("f.weight").file.shape), "[2, 3, 1, 1]");
  EXPECT_EQ(to_text(site.declared.at("h.weight").file.shape), "[3, 3, 1, 1]");
  EXPECT_EQ(site.declared.at("gamma").initial.value, 0);
  // the site's numbers hang on the length of a name; f and g must not be the same
  site.declared.at("g.weight").in_file = wiggly(6, 20);
  site.declared.at("g.bias").in_file = wiggly(2, 30);
  std::vector<std::vector<double>> x(pixels, std::vector<double>(channels));
  for (std::size_t i = 0; i < 12; ++i) x[i % pixels][i / pixels] = wiggly(12)[i];
  const auto f = each_pixel(site, "f", x), g = each_pixel(site, "g", x),
             h = each_pixel(site, "h", x);
  std::vector<double> expected = wiggly(12);
  const double gamma = site.declared.at("gamma").in_file[0];
  for (std::size_t j = 0; j < pixels; ++j) {
    double total = 0;
    for (std::size_t i = 0; i < pixels; ++i) total += std::exp(dot(f[i], g[j]));
    for (std::size_t i = 0; i < pixels; ++i) {
      const double share = std::exp(dot(f[i], g[j])) / total;
      for (std::size_t c = 0; c < channels; ++c)
        expected[c * pixels + j] += gamma * share * h[i][c];
    }
  }
  expect_numbers(site.numbers(y), {1, 3, 2, 2}, expected, "self_attention");
}

TEST(WordsAttention, AnEighthOfTheChannelsAndSpectralNormOfAllThree) {
  Site site;
  site.give("x", {1, 16, 2, 2}, wiggly(64));
  site.apply("self_attention: {spectral_norm: true}");
  EXPECT_EQ(to_text(site.declared.at("g.weight").file.shape), "[2, 16, 1, 1]");
  for (const char* name : {"f.weight_u", "g.weight_v", "h.weight_u"})
    EXPECT_TRUE(site.declared.contains(name)) << name;
}

/// Groups are the examples i, i + groups, ...
TEST(WordsAttention, MinibatchDeviationOfEachGroup) {
  const auto deviation = [](double a, double b) {
    return std::sqrt((a - b) * (a - b) / 4 + 1e-8);  // of two numbers
  };
  const std::vector<double> x = {1, 2, 3, 4, 6, 8, 9, 1};
  const double first = (deviation(1, 6) + deviation(2, 8)) / 2;
  const double second = (deviation(3, 9) + deviation(4, 1)) / 2;
  Site flat;
  flat.give("x", {4, 2}, x);
  expect_numbers(flat.numbers(flat.apply("minibatch_deviation: 2")), {4, 3},
                 {1, 2, first, 3, 4, second, 6, 8, first, 9, 1, second}, "features");
  Site picture(false);
  picture.give("x", {4, 1, 1, 2}, x);
  expect_numbers(picture.numbers(picture.apply("minibatch_deviation: 3")), {4, 2, 1, 2},
                 {1, 2, first, first, 3, 4, second, second,  //
                  6, 8, first, first, 9, 1, second, second},
                 "looked at: 2 is the largest up to 3 that divides 4");
  Site alone;
  alone.give("x", {1, 1}, {5});
  expect_numbers(alone.numbers(alone.apply("minibatch_deviation")), {1, 2}, {5, 1e-4}, "alone");
}

TEST(WordsAttention, Errors) {
  Site site;
  site.give("x", {4, 2}, wiggly(8));
  EXPECT_EQ(site.failure("self_attention"),
            "self_attention expects [channels, height, width], got x [2]; begin with dense and "
            "reshape");
  EXPECT_EQ(site.failure("minibatch_deviation: 3"),
            "minibatch_deviation expects a batch that its group 3 divides, got 4");
  Site sequence;
  sequence.give("x", {4, 2, 3}, wiggly(24));
  EXPECT_EQ(sequence.failure("minibatch_deviation"),
            "minibatch_deviation expects [features] or [channels, height, width], got x [2, 3]");
}

}  // namespace
}  // namespace agon
