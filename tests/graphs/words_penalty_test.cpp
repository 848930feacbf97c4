#include <gtest/gtest.h>

#include "engine/autodiff/differentiate.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "tests/graphs/words_site.h"

namespace agon {
namespace {

using words_test::Site;
using words_test::wiggly;

/// The gradient penalty of WGAN-GP over a critic made of `layers`.
Tensor penalty(Site& site, const std::vector<std::string>& layers) {
  const Tensor x = site.current();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    site.prefix = std::to_string(i) + ".";
    site.become(site.apply(layers[i]));
  }
  const std::vector<Value> xs = {x.value};
  const Tensor dx = like(x, differentiate(site.current().value, xs)[0]);
  const Tensor norms = reduced(dx, "norm", "example");
  const Value off = norms.value - 1.0;
  return like(reduced(norms, "mean", ""), mean(off * off));
}

/// The penalty's gradient with respect to every parameter, against central differences.
void check(const std::vector<std::string>& layers, const Shape& shape) {
  Site site;
  site.give("x", shape, wiggly(shape.elements()));
  const Tensor loss = penalty(site, layers);
  int depends = 0;
  for (auto& declared : site.declared) {
    const std::string& name = declared.first;
    Site::Declared& parameter = declared.second;
    if (name.find("running") != std::string::npos) continue;
    const std::vector<Value> ws = {site.graph().variable(name, parameter.type)};
    const Value dw = differentiate(loss.value, ws)[0];
    if (!dw) continue;
    ++depends;
    Tensor gradient;
    gradient.value = dw;
    const NdArray exact = site.numbers(gradient);
    // numbers are declared in the file's order; a whole direction at once needs no reordering
    const double step = 1e-5;
    const std::vector<double> before = parameter.in_file;
    const auto moved = [&](double by) {
      for (std::size_t i = 0; i < before.size(); ++i) parameter.in_file[i] = before[i] + by;
      const double value = site.numbers(loss)[0];
      parameter.in_file = before;
      return value;
    };
    double along = 0;
    for (const double d : exact.values) along += d;
    EXPECT_NEAR(along, (moved(step) - moved(-step)) / (2 * step), 2e-5) << name;
  }
  EXPECT_GE(depends, 2);
}

TEST(WordsPenalty, SecondOrderThroughConvolutionNormAndLeakyRelu) {
  check({"conv: {filters: 3, kernel: 3, stride: 2, padding: 1}", "batch_norm", "leaky_relu: 0.2",
         "flatten", "dense: 1"},
        {3, 2, 4, 4});
}

TEST(WordsPenalty, SecondOrderThroughTransposedConvolutionsPoolsAndOtherNorms) {
  check({"conv_transpose: {filters: 2, kernel: 4, stride: 2, padding: same}", "layer_norm", "tanh",
         "average_pool: 2", "max_pool: 2", "flatten", "dense: 1"},
        {2, 2, 2, 2});
  check({"dense: 5", "batch_norm", "silu", "dense: 1"}, {4, 3});
}

}  // namespace
}  // namespace agon
