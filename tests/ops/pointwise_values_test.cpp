#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/autodiff/differentiate.h"
#include "engine/ir/op_def.h"
#include "engine/ir/reference.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/executor.h"
#include "engine/runtime/kernel.h"
#include "engine/runtime/variables.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "tests/ops/harness_checks.h"

namespace agon::op_cases {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

NdArray floats(std::vector<double> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  NdArray array(Type{DType::F32, Shape{count}}, std::move(values));
  array.round_to_type();
  return array;
}

/// The op on float32 vectors of one length, by its reference and by its vector kernel: that of op
/// `fused` for pointwise ops.
struct Both {
  NdArray kernel, reference;
};

Both evaluate_both(const std::string& op, const std::string& attrs,
                   const std::vector<NdArray>& inputs) {
  Case c{.op = op, .label = "", .attrs = attrs};
  std::vector<const NdArray*> arrays;
  std::vector<Buffer> memory;
  std::vector<const void*> in;
  for (const NdArray& array : inputs) {
    c.inputs.push_back({array.type});
    arrays.push_back(&array);
    memory.emplace_back(array.type.bytes());
    array.store(memory.back().data());
    in.push_back(memory.back().data());
  }
  if (all_ops().at(op).is_pointwise) c = as_fused(c);
  const CaseGraph made = build(c);
  const Node& node = *made.node;
  Buffer out(node.out_type().bytes());
  void* to = out.data();
  test_lanes().run([&] {
    const Candidate candidate = all_kernels().candidates(c.op)[0].prepare(node);
    candidate.kernel->run({in, {&to, 1}, nullptr});
  });
  Both both{NdArray(node.out_type()), evaluate(node, arrays)[0]};
  both.kernel.load(out.data());
  return both;
}

/// Agrees as float32 numbers go: infinities and NaN too; factors below the smallest normal number
/// are flushed to 0.
testing::AssertionResult agrees(double expected, double got, double units) {
  if (expected == got || (std::isnan(expected) && std::isnan(got)))
    return testing::AssertionSuccess();
  const double allowed = std::max(units * 0x1p-23 * std::abs(expected), 1e-36);
  if (std::abs(expected - got) <= allowed) return testing::AssertionSuccess();
  return testing::AssertionFailure() << fmt::format("expected {:.9g}, got {:.9g}", expected, got);
}

struct Function {
  const char* op;
  const char* attrs = "";
};

void PrintTo(const Function& function, std::ostream* out) {
  *out << function.op;
}

class Functions : public testing::TestWithParam<Function> {};

TEST_P(Functions, AnyNumberGivesWhatTheReferenceGives) {
  std::vector<double> x = {0, -0.0, kInfinity, -kInfinity, kNaN};
  for (const double size :
       {2e-38, 1e-20, 1e-8, 3e-4, 0.1,  0.4,  0.86, 0.87,  1.0,   3.0, 9.0,  9.3,
        13.0,  16.7,  20.0, 60.0, 87.0, 88.7, 89.0, 103.0, 105.0, 1e4, 1e20, 3e38}) {
    x.push_back(size);
    x.push_back(-size);
  }
  const Both both = evaluate_both(GetParam().op, GetParam().attrs, {floats(x)});
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_TRUE(agrees(both.reference.values[i], both.kernel.values[i], 8))
        << GetParam().op << "(" << x[i] << ")";
  }
}

TEST_P(Functions, BitsDoNotDependOnThePlace) {
  for (const double x : {0.37, 1.9, 6.3}) {
    const Both longest =
        evaluate_both(GetParam().op, GetParam().attrs, {floats(std::vector<double>(70, x))});
    for (std::size_t n = 1; n <= 70; ++n) {
      EXPECT_EQ(longest.kernel.values[n - 1], longest.kernel.values[0]);
      const Both shorter =
          evaluate_both(GetParam().op, GetParam().attrs, {floats(std::vector<double>(n, x))});
      EXPECT_EQ(shorter.kernel.values[n - 1], longest.kernel.values[0]) << n;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Pointwise, Functions,
                         testing::Values(Function{"neg"}, Function{"exp"}, Function{"log"},
                                         Function{"sqrt"}, Function{"abs"}, Function{"sign"},
                                         Function{"floor"}, Function{"sin"}, Function{"cos"},
                                         Function{"tanh"}, Function{"sigmoid"},
                                         Function{"softplus"}, Function{"erf"}, Function{"relu"},
                                         Function{"leaky_relu", "{slope: 0.2}"},
                                         Function{"elu", "{alpha: 1}"}, Function{"selu"},
                                         Function{"gelu"}, Function{"silu"}),
                         [](const auto& row) { return row.param.op; });

TEST(Pointwise, NotANumberIsNotHidden) {
  const NdArray a = floats({1, kNaN, kNaN, 2}), b = floats({kNaN, 1, kNaN, 3});
  for (const char* op : {"add", "mul", "min", "max"}) {
    const Both both = evaluate_both(op, "", {a, b});
    for (std::int64_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(std::isnan(both.kernel[i])) << op;
      EXPECT_TRUE(std::isnan(both.reference[i])) << op;
    }
  }
}

TEST(Pointwise, NotANumberDiffersFromAll) {
  const NdArray a = floats({1, kNaN, kNaN, 2, 0}), b = floats({kNaN, 1, kNaN, 2, -0.0});
  for (const char* op : {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}) {
    const Both both = evaluate_both(op, "", {a, b});
    EXPECT_EQ(both.kernel.values, both.reference.values) << op;
  }
  const Both chosen = evaluate_both("where", "", {a, floats({1, 2, 3, 4, 5}), floats({9})});
  EXPECT_EQ(chosen.kernel.values, (std::vector<double>{1, 2, 3, 4, 9}));
  EXPECT_EQ(chosen.reference.values, chosen.kernel.values);
}

TEST(Pointwise, PowerOfTheFieldsExponents) {
  const NdArray a = floats({0, -3, 2, 1e-3, 7, kInfinity});
  for (const double exponent : {0.0, 0.5, 1.0, 2.0, 3.0, -1.0, 2.4}) {
    const NdArray b(Type{DType::F32, {}}, {static_cast<double>(static_cast<float>(exponent))});
    const Both both = evaluate_both("pow", "", {a, b});
    for (std::int64_t i = 0; i < a.size(); ++i)
      EXPECT_TRUE(agrees(both.reference[i], both.kernel[i], 1)) << a[i] << "^" << exponent;
  }
}

/// d sum(f(x)) / dx and the sum of that gradient's squares differentiated again, at `x` in f64.
struct Derivatives {
  std::vector<double> first, second;
};

template <class F>
Derivatives derivatives(std::vector<double> x, F f) {
  Graph graph(all_ops());
  const Type type{DType::F64, Shape{static_cast<std::int64_t>(x.size())}};
  Value in = graph.input("x", type);
  Value first = differentiate(f(in), std::span(&in, 1))[0];
  Value second = differentiate(first * first, std::span(&in, 1))[0];
  graph.set_output("first", first);
  if (second) graph.set_output("second", second);
  const auto results = run_reference(graph, {{"x", NdArray(type, std::move(x))}}, {});
  return {results.at("first").values,
          second ? results.at("second").values : std::vector<double>(in.shape().elements(), 0)};
}

using Numbers = std::vector<double>;

TEST(Pointwise, GradientsAtTheKinks) {
  EXPECT_EQ(derivatives({0, -2, 2}, [](Value x) { return abs(x); }).first, (Numbers{0, -1, 1}));
  EXPECT_EQ(derivatives({0, -2, 2}, [](Value x) { return relu(x); }).first, (Numbers{0, 0, 1}));
  EXPECT_EQ(derivatives({0, -2, 2}, [](Value x) { return leaky_relu(x, 0.25); }).first,
            (Numbers{0.25, 0.25, 1}));
  EXPECT_EQ(
      derivatives({1, 1}, [](Value x) { return min(x, x.graph().constant(1, DType::F64)); }).first,
      (Numbers{1, 1}));
  EXPECT_EQ(
      derivatives({1, 2}, [](Value x) { return max(x.graph().constant(1, DType::F64), x); }).first,
      (Numbers{0, 1}));
}

TEST(Pointwise, RootHasGradientZeroAtZeroTwice) {
  const Derivatives d = derivatives({0, 4}, [](Value x) { return sqrt(x); });
  EXPECT_EQ(d.first, (Numbers{0, 0.25}));
  EXPECT_EQ(d.second, (Numbers{0, 2 * 0.25 * -1.0 / 32}));
  const Derivatives product = derivatives({0, 4}, [](Value x) { return sqrt(x) * x; });
  EXPECT_EQ(product.first, (Numbers{0, 3}));
  EXPECT_EQ(product.second, (Numbers{0, 2 * 3 * 0.375}));
  const Derivatives norm = derivatives({0, 0}, [](Value x) { return sqrt(sum(x * x)); });
  EXPECT_EQ(norm.first, (Numbers{0, 0}));
  EXPECT_EQ(norm.second, (Numbers{0, 0}));
}

TEST(Pointwise, PowersAtZeroHaveFiniteGradients) {
  const auto power = [](double b) {
    return [b](Value x) { return pow(x, x.graph().constant(b, DType::F64)); };
  };
  EXPECT_EQ(derivatives({0, 3}, power(2)).first, (Numbers{0, 6}));
  EXPECT_EQ(derivatives({0, 3}, power(2)).second, (Numbers{0, 24}));
  EXPECT_EQ(derivatives({0, 3}, power(1)).first, (Numbers{1, 1}));
  EXPECT_EQ(derivatives({0, 3}, power(3)).first, (Numbers{0, 27}));
  const auto by_values = [](Value x) {
    return pow(x, x.graph().constant({0, 0, 2}, DType::F64, Shape{3}));
  };
  EXPECT_EQ(derivatives({0, 3, -2}, by_values).first, (Numbers{0, 0, -4}));
  const auto of_exponent = [](Value b) {
    return pow(b.graph().constant({0, -2, 1}, DType::F64, Shape{3}), b);
  };
  EXPECT_EQ(derivatives({2, 2, 2}, of_exponent).first, (Numbers{0, 0, 0}));
}

TEST(Reduce, TheLargestShareTheirGradient) {
  EXPECT_EQ(derivatives({1, 3, 3, 2}, [](Value x) { return reduce_max(x, {0}); }).first,
            (Numbers{0, 0.5, 0.5, 0}));
}

TEST(Reduce, NotANumberIsTheLargest) {
  for (const std::size_t n : {3u, 40u, 300u}) {
    for (std::size_t at = 0; at < n; at += n / 3) {
      std::vector<double> x(n, 1);
      x[at] = kNaN;
      Graph graph(all_ops());
      const Both both = evaluate_both("reduce_max", "{axes: [0]}", {floats(x)});
      EXPECT_TRUE(std::isnan(both.kernel[0])) << n << " at " << at;
      EXPECT_TRUE(std::isnan(both.reference[0]));
    }
  }
}

}  // namespace
}  // namespace agon::op_cases
