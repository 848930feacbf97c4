#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/kernel.h"
#include "ops/pool/pool.h"
#include "tests/ops/harness_checks.h"

// What pooling means, by numbers worked out by hand: its kernels share their geometry with the
// reference, so the cases alone would not notice a wrong meaning.
namespace agon::op_cases {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The op on x [1, 3, 3, 1] and, where it takes one, a second input.
std::vector<double> apply(const std::string& op, const PoolAttrs& attrs, std::vector<double> x,
                          const Shape& second = {}, std::vector<double> values = {}) {
  Graph graph(all_ops());
  const Type type{DType::F32, {1, 3, 3, 1}}, other{DType::F32, second};
  std::vector<Value> inputs = {graph.input("x", type)};
  std::map<std::string, NdArray> arrays = {{"x", NdArray(type, std::move(x))}};
  if (!values.empty()) {
    inputs.push_back(graph.input("v", other));
    arrays["v"] = NdArray(other, std::move(values));
  }
  graph.set_output("y", graph.add(op, inputs, attrs));
  return run_reference(graph, arrays, {}).at("y").values;
}

const PoolAttrs kOverlapping{.stride_h = 1, .stride_w = 1};
using Numbers = std::vector<double>;

TEST(PoolValues, MaximumOfEachWindow) {
  EXPECT_EQ(apply("max_pool", kOverlapping, {1, 5, 2, 7, 3, 4, 0, -1, 9}), (Numbers{7, 5, 7, 9}));
  const PoolAttrs padded{.pad_top = 1, .pad_left = 1};
  EXPECT_EQ(apply("max_pool", padded, {-1, -5, -2, -7, -3, -4, -6, -8, -9}),
            (Numbers{-1, -2, -6, -3}));
}

TEST(PoolValues, OfEqualMaximaTheFirstCounts) {
  EXPECT_EQ(apply("max_pool_scatter", kOverlapping, Numbers(9, 2.0), {1, 2, 2, 1}, {1, 2, 3, 4}),
            (Numbers{1, 2, 0, 3, 4, 0, 0, 0, 0}));
  EXPECT_EQ(apply("max_pool_gather", kOverlapping, Numbers(9, 2.0), {1, 3, 3, 1},
                  {1, 2, 3, 4, 5, 6, 7, 8, 9}),
            (Numbers{1, 2, 4, 5}));
}

TEST(PoolValues, OverlappingWindowsAddUp) {
  EXPECT_EQ(apply("max_pool_scatter", kOverlapping, {0, 0, 0, 0, 1, 0, 0, 0, 0}, {1, 2, 2, 1},
                  {1, 2, 3, 4}),
            (Numbers{0, 0, 0, 0, 10, 0, 0, 0, 0}));
}

TEST(PoolValues, NotANumberIsNeverHidden) {
  const Numbers y = apply("max_pool", kOverlapping, {kNaN, 1, 2, 3, 4, 5, 6, 7, kNaN});
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ(y[1], 5);
  EXPECT_TRUE(std::isnan(y[3]));
}

TEST(PoolValues, NorByTheKernel) {
  const Case c{
      .op = "max_pool", .inputs = {f32(1, 3, 3, 1)}, .attrs = "{stride_h: 1, stride_w: 1}"};
  const CaseGraph made = build(c);
  alignas(64) const float x[] = {NAN, 1, 2, 3, 4, 5, 6, 7, NAN};
  alignas(64) float y[4] = {};
  const void* const in[] = {x};
  void* const out[] = {y};
  test_lanes().run([&] {
    const Candidate candidate = all_kernels().candidates("max_pool")[0].prepare(*made.node);
    ASSERT_TRUE(candidate.kernel) << candidate.refusal;
    candidate.kernel->run({in, out});
  });
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ(y[1], 5);
  EXPECT_EQ(y[2], 7);
  EXPECT_TRUE(std::isnan(y[3]));
}

TEST(PoolValues, PaddingCountsInAnAverage) {
  const PoolAttrs padded{.pad_top = 1, .pad_left = 1};
  EXPECT_EQ(apply("average_pool", padded, {4, 8, 0, 12, 16, 20, 0, 0, 40}), (Numbers{1, 2, 3, 19}));
}

}  // namespace
}  // namespace agon::op_cases
