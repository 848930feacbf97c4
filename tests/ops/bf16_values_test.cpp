#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "engine/autodiff/differentiate.h"
#include "engine/base/philox.h"
#include "engine/ir/op_def.h"
#include "engine/ir/print.h"
#include "engine/ir/reference.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/kernel.h"
#include "ops/bf16/bf16.h"
#include "ops/conv/conv2d.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {
namespace {

/// The definition by bits: a float32 keeps its upper half, rounded to nearest, ties to even.
double by_bits(double x) {
  const auto value = static_cast<float>(x);
  if (std::isnan(value)) return x;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t half = 0x7FFF + (bits >> 16 & 1);
  return static_cast<double>(std::bit_cast<float>((bits + half) & 0xFFFF0000));
}

std::vector<double> telling_numbers() {
  const double inf = std::numeric_limits<double>::infinity();
  std::vector<double> numbers = {
      0,          1,       -1,    0x1.01p0, 0x1.03p0,   0x1.010002p0, 0x1.00fffep0, -0x1.01p0,
      0x1.ffp127, inf,     -inf,  3e38,     0x1.fep127, 1e-30,        -0x1.03p-120, std::nan(""),
      0.1,        1.0 / 3, -0.7e5};
  RandomStream random(3, "bf16");
  for (int i = 0; i < 500; ++i)
    numbers.push_back(std::ldexp(random.uniform() - 0.5, static_cast<int>(random.below(200)) - 99));
  for (double& x : numbers) x = static_cast<double>(static_cast<float>(x));
  return numbers;
}

TEST(Bf16, TheNearestNumberIsThatOfTheBits) {
  for (const double x : telling_numbers()) {
    const double nearest = nearest_bf16(x);
    EXPECT_TRUE(nearest == by_bits(x) || (std::isnan(nearest) && std::isnan(x)))
        << fmt::format("{} became {}, not {}", x, nearest, by_bits(x));
  }
  EXPECT_EQ(nearest_bf16(0x1.01p0), 1.0) << "a tie goes to the even neighbour";
  EXPECT_EQ(nearest_bf16(0x1.03p0), 0x1.04p0) << "a tie goes to the even neighbour";
  EXPECT_EQ(nearest_bf16(0x1.01000000001p0), 0x1.02p0) << "a double is rounded once";
}

/// Every kernel multiplies by one: what comes out is what the operands were rounded to.
TEST(Bf16, KernelsRoundAsTheReferenceDoes) {
  const std::vector<double> numbers = telling_numbers();
  const auto count = static_cast<std::int64_t>(numbers.size());
  Graph graph(all_ops());
  const Type column{DType::F32, Shape{count, 1}}, row{DType::F32, Shape{1, 64}};
  Node& node =
      *graph.add("matmul_bf16", {graph.input("x0", column), graph.input("x1", row)}, MatmulAttrs{})
           .node;
  Buffer x(column.bytes()), one(row.bytes()), y(node.out_type().bytes());
  NdArray(column, numbers).store(x.data());
  NdArray(row, std::vector<double>(64, 1.0)).store(one.data());
  int judged = 0;
  for (const KernelDef& def : all_kernels().candidates("matmul_bf16")) {
    test_lanes().run([&] {
      const Candidate candidate = def.prepare(node);
      if (!candidate.kernel) return;
      Buffer scratch(candidate.kernel->scratch_bytes());
      const void* const in[] = {x.data(), one.data()};
      void* const out[] = {y.data()};
      candidate.kernel->run({in, out, scratch.data()});
      ++judged;
    });
    NdArray got(node.out_type());
    got.load(y.data());
    for (std::int64_t i = 0; i < count; ++i) {
      const double want = by_bits(numbers[static_cast<std::size_t>(i)]);
      EXPECT_TRUE(got[i * 64] == want || (std::isnan(got[i * 64]) && std::isnan(want)))
          << fmt::format("{}: {} became {}, not {}", def.name, numbers[static_cast<std::size_t>(i)],
                         got[i * 64], want);
    }
  }
  EXPECT_GE(judged, 1);
}

bool is_product(const Node& node) {
  return node.is("matmul") || node.is("conv2d") || node.is("conv2d_input_grad") ||
         node.is("conv2d_weight_grad");
}

/// Outputs of the graph, node after node by its reference, the operands of plain products rounded
/// before; every input is drawn by its name.
std::map<std::string, NdArray> outputs_rounded_by_hand(const Graph& graph) {
  std::map<const Node*, NdArray> values;
  for (Node* node : graph.topological_order()) {
    if (node->is("input")) {
      NdArray array(node->out_type());
      RandomStream random(4, node->attrs_as<LeafAttrs>().name);
      for (double& value : array.values) value = random.uniform() - 0.5;
      array.round_to_type();
      values[node] = array;
      continue;
    }
    std::vector<NdArray> in;
    std::vector<const NdArray*> pointers;
    for (const Value& input : node->inputs()) in.push_back(values.at(input.node));
    for (NdArray& array : in) {
      if (is_product(*node))
        std::transform(array.values.begin(), array.values.end(), array.values.begin(), by_bits);
      pointers.push_back(&array);
    }
    values[node] = evaluate(*node, pointers)[0];
  }
  std::map<std::string, NdArray> outputs;
  for (const auto& [name, value] : graph.outputs()) outputs[name] = values.at(value.node);
  return outputs;
}

TEST(Bf16, ARoundedGraphIsTheGraphWithItsOperandsRoundedByHand) {
  // a network whose weights are moved by a slope of its slope
  Graph graph(all_ops());
  const Value x = graph.input("x", Type{DType::F32, Shape{2, 5, 5, 2}});
  const Value w = graph.input("w", Type{DType::F32, Shape{3, 3, 3, 2}});
  const Value v = graph.input("v", Type{DType::F32, Shape{3, 4}});
  const Value y = matmul(sum(tanh(conv2d(x, w, {})), {1, 2}), v);
  const Value slope = differentiate(sum(y, {0, 1}), std::vector{x})[0];
  const Value loss = sum(slope * slope, {0, 1, 2, 3});
  const std::vector<Value> gradients = differentiate(loss, std::vector{w, v});
  graph.set_output("y", y);
  graph.set_output("w", gradients[0]);
  graph.set_output("v", gradients[1]);
  const auto by_hand = outputs_rounded_by_hand(graph);
  ASSERT_TRUE(round_product_operands(graph));
  for (const auto& node : graph.nodes()) EXPECT_FALSE(is_product(*node)) << node->op().name;
  const auto rounded = outputs_rounded_by_hand(graph);
  for (const auto& [name, want] : by_hand) EXPECT_EQ(rounded.at(name).values, want.values) << name;
}

TEST(Bf16, OnlyFloat32ProductsAreRounded) {
  Graph graph(all_ops());
  const Value x = graph.input("x", Type{DType::F64, Shape{2, 2}});
  graph.set_output("y", matmul(x, x) + x * x);
  const std::string before = to_text(graph);
  EXPECT_FALSE(round_product_operands(graph));
  EXPECT_EQ(to_text(graph), before);
}

}  // namespace
}  // namespace agon::op_cases
