#include <gtest/gtest.h>

#include "engine/base/philox.h"
#include "engine/ir/op_def.h"
#include "engine/passes/simplify.h"
#include "engine/runtime/executor.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "tests/ops/harness_checks.h"

/// Two gradients of one weight [10, 10] become one product, where that moves less.
namespace agon::op_cases {
namespace {

struct Batches {
  Graph graph{all_ops()};

  Value product(const std::string& name, std::int64_t batch, MatmulAttrs attrs = {true, false}) {
    const Type a{DType::F64, attrs.transpose_a ? Shape{batch, 10} : Shape{10, batch}};
    const Type b{DType::F64, attrs.transpose_b ? Shape{10, batch} : Shape{batch, 10}};
    return matmul(graph.input("a_" + name, a), graph.input("b_" + name, b), attrs);
  }

  /// Nodes of op `op` left after the rules, which keep what is meant.
  int left(std::string_view op) const {
    const auto simplified = graph.clone();
    simplify(*simplified);
    std::map<std::string, NdArray> values;
    RandomStream random(5, "batches");
    int count = 0;
    for (const auto& node : graph.nodes()) {
      if (!node->is("input")) continue;
      NdArray array(node->out_type());
      for (double& value : array.values) value = random.uniform() - 0.5;
      values[node->attrs_as<LeafAttrs>().name] = array;
    }
    const auto want = run_reference(graph, values, {});
    const auto results = run_reference(*simplified, values, {});
    EXPECT_EQ(results.size(), want.size());
    for (const auto& [name, got] : results) {
      for (std::int64_t i = 0; i < got.size(); ++i)
        EXPECT_NEAR(got[i], want.at(name)[i], 1e-13) << name << " " << i;
    }
    for (const auto& node : simplified->nodes()) count += node->is(op);
    return count;
  }
};

TEST(MatmulRules, GradientsOfTwoSmallBatchesAreOneProduct) {
  Batches two;
  two.graph.set_output("dw", two.product("real", 3) + two.product("fake", 1));
  EXPECT_EQ(two.left("matmul"), 1);
}

TEST(MatmulRules, SoAreThoseOfThree) {
  Batches three;
  three.graph.set_output(
      "dw", three.product("real", 1) + three.product("fake", 1) + three.product("mixed", 2));
  EXPECT_EQ(three.left("matmul"), 1);
}

TEST(MatmulRules, LargeBatchesAreNotPutTogether) {
  Batches two;
  two.graph.set_output("dw", two.product("real", 3) + two.product("fake", 2));
  EXPECT_EQ(two.left("concat"), 0);
}

TEST(MatmulRules, AProductThatIsReadElsewhereStays) {
  Batches two;
  const Value real = two.product("real", 1), fake = two.product("fake", 1);
  two.graph.set_output("dw", real + fake);
  two.graph.set_output("norm", real * real);
  EXPECT_EQ(two.left("concat"), 0);
  Batches given_out;
  const Value alone = given_out.product("real", 1);
  given_out.graph.set_output("dw", alone + given_out.product("fake", 1));
  given_out.graph.set_output("of_real", alone);
  EXPECT_EQ(given_out.left("concat"), 0);
}

TEST(MatmulRules, OtherProductsStay) {
  Batches two;
  two.graph.set_output("y", two.product("x", 1, {}) + two.product("y", 1, {}));
  EXPECT_EQ(two.left("concat"), 0);
}

}  // namespace
}  // namespace agon::op_cases
