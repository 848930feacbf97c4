#include <gtest/gtest.h>

#include "engine/autodiff/differentiate.h"
#include "engine/base/philox.h"
#include "ops/conv/conv2d.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/pool/pool.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "tests/ops/harness.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {
namespace {

using Arrays = std::map<std::string, NdArray>;

/// A small critic with everything a gradient penalty has to pass twice.
class Critic {
 public:
  Critic(Graph& graph, Arrays& values) : graph_(graph), values_(values) {}

  Value input(const std::string& name, const Shape& shape) {
    const Type type{DType::F64, shape};
    NdArray array(type);
    RandomStream random(4, "penalty/" + name);
    for (double& value : array.values) value = random.uniform(-1, 1);
    values_[name] = array;
    return graph_.input(name, type);
  }

  /// [n, 8, 8, 2] -> [n, 1].
  Value operator()(Value image) {
    const Conv2dAttrs halving{
        .stride_h = 2, .stride_w = 2, .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1};
    Value h = conv2d(image, input("w1", {3, 4, 4, 2}), halving);
    h = leaky_relu(batch_norm(h, input("scale", {1, 1, 1, 3}), input("shift", {1, 1, 1, 3})), 0.2);
    h = conv2d(h, input("w2", {4, 3, 3, 3}), {.pad_top = 1, .pad_bottom = 1});
    h = leaky_relu(h, 0.2);
    h = max_pool(h, {.kernel_w = 1, .stride_w = 1});
    const std::int64_t n = h.shape()[0];
    return matmul(reshape(h, {n, h.shape().elements() / n}),
                  input("dense", {1, h.shape().elements() / n}), {.transpose_b = true});
  }

 private:
  /// Over batch, height and width, as the language's layer expands.
  static Value batch_norm(Value x, Value scale, Value shift) {
    const Value centred = x - mean(x, {0, 1, 2}, true);
    const Value variance = mean(centred * centred, {0, 1, 2}, true);
    return centred / sqrt(variance + 1e-5) * scale + shift;
  }

  Graph& graph_;
  Arrays& values_;
};

/// mean((norm(grad(critic(mix), mix), over=example) - 1)^2)
Value gradient_penalty(Value score, Value mix) {
  const Value xs[] = {mix};
  const Value slope = differentiate(score, xs)[0];
  const Value norm = sqrt(sum(slope * slope, {1, 2, 3}));
  return mean((norm - 1.0) * (norm - 1.0));
}

TEST(GradientPenalty, AgreesWithCentralDifferencesThroughBatchNorm) {
  Graph graph(all_ops());
  Arrays values;
  Critic critic(graph, values);
  const Value mix = critic.input("mix", {3, 8, 8, 2});
  const Value penalty = gradient_penalty(critic(mix), mix);
  EXPECT_EQ(penalty.type(), (Type{DType::F64, {}}));
  EXPECT_EQ(check_gradient(graph, penalty, {"w1", "w2", "scale", "shift", "dense", "mix"}, values),
            "");
}

/// A third derivative of a convolution in both inputs: what the penalty's gradient is made of.
TEST(GradientPenalty, ConvolutionDifferentiatesThreeTimes) {
  Graph graph(all_ops());
  Arrays values;
  Critic make(graph, values);
  const Value x = make.input("x", {2, 5, 5, 2}), w = make.input("w", {2, 3, 3, 2});
  const Value y = conv2d(x, w, {.stride_h = 2, .pad_left = 1});
  const Value x_only[] = {x}, w_only[] = {w};
  const Value dx = differentiate(y * y * y, x_only)[0];
  const Value dw = differentiate(dx * dx, w_only)[0];
  EXPECT_EQ(check_gradient(graph, dw * dw, {"x", "w"}, values), "");
}

}  // namespace
}  // namespace agon::op_cases
