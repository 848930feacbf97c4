#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/philox.h"
#include "engine/ir/op_def.h"
#include "engine/ir/reference.h"
#include "ops/random/normal.h"
#include "ops/random/random.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {
namespace {

struct Quantile {
  std::uint32_t word;
  double value;  // Phi^-1((word + 1/2) / 2^32) in 40 digits, rounded
};

TEST(Normal, IsTheInverseOfTheDistribution) {
  for (const Quantile& q : {Quantile{0, -6.3379577545537893},
                            {1, -6.1664295178197502},
                            {2, -6.085104545783031},
                            {1000, -5.0398511259687115},
                            {4999999, -3.0448057704308351},
                            {100000000, -1.9902252413891444},
                            {289000000, -1.4962976307022023},
                            {1000000000, -0.72955655307587401},
                            {2147483646, -8.754298118749868e-10},
                            {2147483648, 2.9180993729166227e-10},
                            {3000000000, 0.52006806184887622},
                            {4294967295, 6.3379577545537893}}) {
    EXPECT_NEAR(normal_of(q.word) / q.value, 1, 1e-10) << q.word;
  }
}

TEST(Normal, IsOddAndRises) {
  double before = -7;
  for (std::uint64_t word = 0; word < (std::uint64_t{1} << 32); word += 65521) {
    const double value = normal_of(static_cast<std::uint32_t>(word));
    EXPECT_EQ(value, -normal_of(~static_cast<std::uint32_t>(word)));
    EXPECT_GT(value, before);
    before = value;
  }
}

NdArray drawn(const char* op, const RandomAttrs& attrs, double step, double draw) {
  Graph graph(all_ops());
  const Type scalar{DType::F64, {}};
  const Node& node =
      *graph.add(op, {graph.input("step", scalar), graph.input("draw", scalar)}, attrs).node;
  const NdArray at_step(scalar, {step}), at_draw(scalar, {draw});
  const NdArray* in[] = {&at_step, &at_draw};
  return evaluate(node, in)[0];
}

TEST(Draws, HaveTheMomentsOfTheirDistribution) {
  constexpr std::int64_t kCount = 400000;
  const RandomAttrs attrs{.shape = Shape{kCount}, .seed = 3, .stream = "moments"};
  struct Row {
    const char* op;
    std::array<double, 4> moments;  // of x, x^2, x^3, x^4
  };
  for (const Row& row : {Row{"random_normal", {0, 1, 0, 3}},
                         Row{"random_uniform", {1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 5}}}) {
    const NdArray x = drawn(row.op, attrs, 0, 0);
    for (std::size_t k = 0; k < 4; ++k) {
      double sum = 0;
      for (const double v : x.values) sum += std::pow(v, static_cast<double>(k + 1));
      // five standard errors of the worst moment: the variance of x^4 is 96
      EXPECT_NEAR(sum / kCount, row.moments[k], 5 * std::sqrt(96.0 / kCount)) << row.op << k;
    }
  }
}

TEST(Draws, AreFunctionsOfSeedStreamStepDrawAndElement) {
  const RandomAttrs attrs{.shape = Shape{9}, .seed = 3, .stream = "a"};
  const NdArray x = drawn("random_uniform", attrs, 5, 2);
  const PhiloxKey key = stream_key(3, "a");
  for (std::int64_t i = 0; i < 9; ++i) {
    const auto element = static_cast<std::uint64_t>(i);
    EXPECT_EQ(x[i], unit_uniform(philox(block_counter(element, 5, 2), key)[element % 4]));
  }
  RandomAttrs other = attrs;
  other.shape = Shape{3, 2};
  const NdArray fewer = drawn("random_uniform", other, 5, 2);
  for (std::int64_t i = 0; i < 6; ++i) EXPECT_EQ(fewer[i], x[i]);
  EXPECT_NE(drawn("random_uniform", attrs, 6, 2).values, x.values);
  EXPECT_NE(drawn("random_uniform", attrs, 5, 3).values, x.values);
  other = attrs;
  other.seed = 4;
  EXPECT_NE(drawn("random_uniform", other, 5, 2).values, x.values);
  other = attrs;
  other.stream = "b";
  EXPECT_NE(drawn("random_uniform", other, 5, 2).values, x.values);
}

}  // namespace
}  // namespace agon::op_cases
