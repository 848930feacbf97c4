#include <gtest/gtest.h>

#include "engine/autodiff/differentiate.h"
#include "engine/passes/simplify.h"
#include "engine/runtime/executor.h"
#include "ops/conv/conv2d.h"
#include "ops/pointwise/pointwise.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {
namespace {

/// sum(y * y) of a convolution and its gradients: all three ops, of one window or of more.
struct Window {
  std::string label;
  Shape x, w;
  Conv2dAttrs attrs;
  bool whole;
};

void PrintTo(const Window& window, std::ostream* out) {
  *out << window.label;
}

class OneWindow : public testing::TestWithParam<Window> {};

std::unique_ptr<Graph> convolution_and_gradients(const Window& v) {
  auto graph = std::make_unique<Graph>(all_ops());
  const Value x = graph->input("x", {DType::F64, v.x}), w = graph->input("w", {DType::F64, v.w});
  const Value y = conv2d(x, w, v.attrs);
  const Value inputs[] = {x, w};
  const auto grads = differentiate(y * y, inputs);
  graph->set_output("y", y);
  graph->set_output("dx", grads[0]);
  graph->set_output("dw", grads[1]);
  return graph;
}

int convolutions_in(const Graph& graph) {
  int count = 0;
  for (const auto& node : graph.nodes())
    count += node->is("conv2d") || node->is("conv2d_input_grad") || node->is("conv2d_weight_grad");
  return count;
}

TEST_P(OneWindow, IsAProductOfMatrices) {
  const auto plain = convolution_and_gradients(GetParam());
  const auto simplified = plain->clone();
  simplify(*simplified);
  EXPECT_EQ(convolutions_in(*plain), 3);
  EXPECT_EQ(convolutions_in(*simplified), GetParam().whole ? 0 : 3);

  std::map<std::string, NdArray> values;
  for (const auto& [name, shape] : {std::pair{"x", GetParam().x}, std::pair{"w", GetParam().w}}) {
    NdArray array({DType::F64, shape});
    for (std::size_t i = 0; i < array.values.size(); ++i)
      array.values[i] = static_cast<double>(i * i % 17) - 8;
    values[name] = array;
  }
  const auto expected = run_reference(*plain, values, {});
  const auto got = run_reference(*simplified, values, {});
  for (const char* name : {"y", "dx", "dw"})
    EXPECT_EQ(got.at(name).values, expected.at(name).values);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, OneWindow,
    testing::Values(
        Window{"square", {3, 4, 4, 5}, {2, 4, 4, 5}, {}, true},
        Window{"oblong", {2, 3, 2, 3}, {4, 3, 2, 3}, {}, true},
        Window{"strided", {2, 3, 3, 1}, {2, 3, 3, 1}, {.stride_h = 2, .stride_w = 3}, true},
        Window{"one_pixel", {4, 1, 1, 3}, {5, 1, 1, 3}, {}, true},
        Window{"two_windows", {2, 4, 5, 2}, {3, 4, 4, 2}, {}, false},
        Window{"unread_edge", {2, 5, 4, 2}, {3, 4, 4, 2}, {.stride_h = 2}, false},
        Window{"padded", {2, 4, 4, 2}, {3, 4, 4, 2}, {.pad_bottom = 1}, false}),
    [](const auto& window) { return window.param.label; });

}  // namespace
}  // namespace agon::op_cases
