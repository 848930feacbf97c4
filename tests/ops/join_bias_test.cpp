#include "ops/conv/join_bias.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "engine/passes/fuse.h"
#include "ops/conv/conv2d_bias.h"
#include "ops/pointwise/pointwise.h"
#include "ops/tf32/tf32.h"
#include "tests/ops/harness_checks.h"

/// Which convolutions are made one node with what comes after them.
namespace agon {
namespace {

const auto kAlways = [](const Node&) { return true; };

class JoinBias : public testing::Test {
 protected:
  Value picture() { return graph_.input("x", {DType::F32, {2, 5, 5, 3}}); }
  Value weight() { return graph_.variable("w", {DType::F32, {4, 3, 3, 3}}); }
  Value bias() { return graph_.variable("b", {DType::F32, {1, 1, 1, 4}}); }
  Value convolved(const char* op = "conv2d") {
    return graph_.add(op, {picture(), weight()}, Conv2dAttrs{.pad_top = 1});
  }
  /// The graph on `device`, fused.
  void finish(Value y, Device device = Device::Gpu) {
    graph_.set_output("y", y);
    for (const auto& node : graph_.nodes()) Graph::place(*node, device);
    fuse(graph_);
  }
  int count(std::string_view op) const {
    return static_cast<int>(
        std::ranges::count_if(graph_.nodes(), [&](const auto& node) { return node->is(op); }));
  }
  const Node* joined() const { return graph_.outputs()[0].value.node; }

  Graph graph_{op_cases::all_ops()};
};

TEST_F(JoinBias, ABiasAndReluAreJoinedToTheirConvolution) {
  finish(relu(convolved() + bias()));
  EXPECT_TRUE(join_bias(graph_, kAlways));
  verify(graph_);
  ASSERT_TRUE(joined()->is("conv2d_bias"));
  EXPECT_EQ(graph_.nodes().size(), 4U);
  const auto& attrs = joined()->attrs_as<Conv2dBiasAttrs>();
  EXPECT_TRUE(attrs.relu);
  EXPECT_EQ(attrs.pad_top, 1);
  EXPECT_EQ(joined()->device(), Device::Gpu);
  EXPECT_FALSE(join_bias(graph_, kAlways));
}

TEST_F(JoinBias, ABiasIsJoinedOnEitherSideOfThePlus) {
  finish(bias() + convolved());
  EXPECT_TRUE(join_bias(graph_, kAlways));
  ASSERT_TRUE(joined()->is("conv2d_bias"));
  EXPECT_FALSE(joined()->attrs_as<Conv2dBiasAttrs>().relu);
  EXPECT_EQ(joined()->in(2), bias());
}

TEST_F(JoinBias, VariantsStayWhatTheyAre) {
  finish(convolved() + bias());
  allow_tf32(graph_);
  EXPECT_TRUE(join_bias(graph_, kAlways));
  EXPECT_TRUE(joined()->is("conv2d_tf32_bias"));
}

TEST_F(JoinBias, RoundedOperandsToo) {
  finish(convolved("conv2d_bf16") + bias());
  EXPECT_TRUE(join_bias(graph_, kAlways));
  EXPECT_TRUE(joined()->is("conv2d_bf16_bias"));
}

TEST_F(JoinBias, NothingIsJoinedThatIsNotWanted) {
  finish(relu(convolved() + bias()));
  const std::string before = to_text(graph_);
  const Node* asked = nullptr;
  EXPECT_FALSE(join_bias(graph_, [&](const Node& node) {
    asked = &node;
    return false;
  }));
  EXPECT_NE(asked, nullptr);
  EXPECT_EQ(to_text(graph_), before);
}

TEST_F(JoinBias, TheProcessorsGraphsStayAsTheyAre) {
  finish(relu(convolved() + bias()), Device::Cpu);
  EXPECT_FALSE(join_bias(graph_, kAlways));
  EXPECT_EQ(count("conv2d"), 1);
}

TEST_F(JoinBias, NothingElseIsJoined) {
  const Value y = convolved();
  const Value picture_sized = graph_.input("z", y.type());
  graph_.set_output("leaky", leaky_relu(convolved() + bias(), 0.2));
  graph_.set_output("twice", relu(relu(convolved() + bias()) + bias()));
  graph_.set_output("product", convolved() * bias());
  graph_.set_output("pictures", convolved() + picture_sized);
  const Value kept = convolved();
  graph_.set_output("sum", kept + bias());
  graph_.set_output("itself", kept);
  graph_.set_output("read twice", y + bias());
  finish(graph_.add("conv2d_input_grad", {y, weight()},
                    Conv2dAttrs{.pad_top = 1, .size_h = 5, .size_w = 5}) +
         graph_.variable("d", {DType::F32, {1, 1, 1, 3}}));
  const std::string before = to_text(graph_);
  EXPECT_FALSE(join_bias(graph_, kAlways));
  EXPECT_EQ(to_text(graph_), before);
}

}  // namespace
}  // namespace agon
