// Kernels by cuBLASLt and cuDNN with libraries in their places that write down what they are given.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "ops/bf16/bf16.h"
#include "ops/conv/bias_cuda.h"
#include "ops/conv/conv2d_bias.h"
#include "ops/conv/tiles_cuda.h"
#include "ops/gemm/bf16_device.h"
#include "ops/gemm/library_product_cuda.h"
#include "ops/matmul/matmul.h"
#include "ops/matmul/tiles_cuda.h"
#include "tests/cuda/emulation.h"
#include "tests/ops/harness_checks.h"

namespace agon {
namespace {

constexpr std::size_t kPlansScratch = 100;

/// What a plan was run with.
struct Seen {
  const void *a = nullptr, *b = nullptr, *bias = nullptr, *result = nullptr, *scratch = nullptr;
};

template <class PlanOfLibrary>
class SeeingPlan final : public PlanOfLibrary {
 public:
  explicit SeeingPlan(Seen& seen) : seen_(seen) {}
  std::size_t scratch_bytes() const override { return kPlansScratch; }
  std::string name() const { return "seeing"; }
  void run(CUstream, std::span<const void* const> operands, void* result, void* scratch) override {
    const void* const bias = operands.size() > 2 ? operands[2] : nullptr;
    seen_ = {operands[0], operands[1], bias, result, scratch};
  }

 private:
  Seen& seen_;
};

template <class LibraryType, class Plan, class Problem>
class SeeingLibrary final : public LibraryType {
 public:
  std::string version() const override { return "0"; }
  std::unique_ptr<Plan> plan(const Problem& problem, std::string& why) override {
    asked = problem;
    why = refusal;
    return refusal.empty() ? std::make_unique<SeeingPlan<Plan>>(seen) : nullptr;
  }
  Problem asked;
  Seen seen;
  std::string refusal;
};
using SeeingMatmuls = SeeingLibrary<MatmulLibrary, MatmulPlan, MatmulProblem>;
using SeeingConvolutions = SeeingLibrary<ConvolutionLibrary, ConvolutionPlan, ConvolutionProblem>;

class LibraryProducts : public testing::Test {
 protected:
  Node& node(const char* op, const Shape& a, const Shape& b, const Attrs& attrs) {
    return *graph_
                .add(op, {graph_.input("a", {DType::F32, a}), graph_.input("b", {DType::F32, b})},
                     attrs)
                .node;
  }
  /// 5 x 5 pixels of 2 channels to 3 x 3 of 4, with relu.
  Node& biased(const char* op) {
    const auto input = [&](const char* name, const Shape& shape) {
      return graph_.input(name, {DType::F32, shape});
    };
    Conv2dBiasAttrs attrs;
    attrs.relu = true;
    return *graph_
                .add(op,
                     {input("x", {1, 5, 5, 2}), input("w", {4, 3, 3, 2}), input("c", {1, 1, 1, 4})},
                     Attrs(attrs))
                .node;
  }

  CUdeviceptr allocate(std::size_t bytes) {
    CUdeviceptr made = 0;
    check(context_->driver, context_->driver.allocate(&made, bytes), "memory of a test");
    allocated_.push_back(made);
    return made;
  }
  void copy(CUdeviceptr to, CUdeviceptr from, std::size_t bytes) {
    check(context_->driver, context_->driver.copy_async(to, from, bytes, nullptr), "copy");
  }
  CUdeviceptr given(const std::vector<float>& values) {
    const CUdeviceptr made = allocate(values.size() * 4);
    copy(made, reinterpret_cast<CUdeviceptr>(values.data()), values.size() * 4);
    return made;
  }
  template <class T>
  std::vector<T> read(const void* from, std::size_t count) {
    std::vector<T> values(count);
    copy(reinterpret_cast<CUdeviceptr>(values.data()), reinterpret_cast<CUdeviceptr>(from),
         count * sizeof(T));
    return values;
  }

  /// Runs the kernel on a and b; output and scratch lie at output_ and scratch_.
  void run(Kernel& kernel, const std::vector<float>& a, const std::vector<float>& b,
           const std::vector<float>& bias = {}) {
    context_->modules().load();
    a_ = given(a);
    b_ = given(b);
    std::vector<const void*> in{reinterpret_cast<const void*>(a_),
                                reinterpret_cast<const void*>(b_)};
    if (!bias.empty()) in.push_back(reinterpret_cast<const void*>(bias_ = given(bias)));
    output_ = allocate(4096);
    scratch_ = allocate(kernel.scratch_bytes());
    void* const out[] = {reinterpret_cast<void*>(output_)};
    kernel.run({in, out, reinterpret_cast<void*>(scratch_), nullptr});
  }

  void TearDown() override {
    for (const CUdeviceptr memory : allocated_) context_->driver.release(memory);
  }

  std::unique_ptr<CudaContext> context_ = emulation::context();
  Graph graph_{op_cases::all_ops()};
  CUdeviceptr a_ = 0, b_ = 0, bias_ = 0, output_ = 0, scratch_ = 0;
  std::vector<CUdeviceptr> allocated_;
};

/// Numbers that round up, down, to even, to infinity and not at all.
std::vector<float> telling(std::size_t count) {
  const float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> values = {1.0F,     0x1.01p0F, 0x1.03p0F, -0x1.010002p0F, 0x1.00fffep0F, -0.0F,
                               infinity, 3.4e38F,   1e-41F,    0x1.03p-120F,   std::nanf(""), 0.1F};
  for (std::size_t i = values.size(); i < count; ++i)
    values.push_back(0.37F * static_cast<float>(i) - 3);
  values.resize(count);
  return values;
}

template <class T>
void expect_rounded(const std::vector<float>& values, const std::vector<T>& rounded) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    float got = 0;
    if constexpr (sizeof(T) == 2) {
      const std::uint32_t bits = static_cast<std::uint32_t>(rounded[i]) << 16;
      std::memcpy(&got, &bits, sizeof got);
    } else {
      got = rounded[i];
    }
    const double want = nearest_bf16(static_cast<double>(values[i]));
    EXPECT_TRUE(static_cast<double>(got) == want || (std::isnan(got) && std::isnan(want)))
        << values[i] << " became " << got;
  }
}

TEST_F(LibraryProducts, ReadFloat32WhereItLies) {
  SeeingMatmuls library;
  const Node& product = node("matmul", {2, 3, 5}, {2, 7, 5}, MatmulAttrs{.transpose_b = true});
  auto candidate = product_by(library, *context_, product, matmul_problem(product));
  ASSERT_TRUE(candidate.kernel) << candidate.refusal;
  EXPECT_EQ(candidate.kernel->scratch_bytes(), kPlansScratch);
  run(*candidate.kernel, telling(30), telling(70));
  EXPECT_EQ(library.seen.a, reinterpret_cast<const void*>(a_));
  EXPECT_EQ(library.seen.b, reinterpret_cast<const void*>(b_));
  EXPECT_EQ(library.seen.result, reinterpret_cast<const void*>(output_));
  EXPECT_EQ(library.seen.scratch, reinterpret_cast<const void*>(scratch_));
  const MatmulProblem& p = library.asked;
  EXPECT_EQ((std::vector{p.batch, p.m, p.n, p.k}), (std::vector<std::int64_t>{2, 3, 7, 5}));
  EXPECT_EQ((std::vector{p.stride_a, p.stride_b, p.stride_c}),
            (std::vector<std::int64_t>{15, 35, 21}));
  EXPECT_TRUE(!p.transpose_a && p.transpose_b && p.precision == ProductPrecision::F32);
}

TEST_F(LibraryProducts, OfMatricesReadBfloat16) {
  SeeingMatmuls library;
  const Node& product = node("matmul_bf16", {9, 5}, {5, 8}, MatmulAttrs{});
  MatmulProblem problem = matmul_problem(product);
  problem.precision = ProductPrecision::Bf16;
  auto candidate = product_by(library, *context_, product, problem);
  ASSERT_TRUE(candidate.kernel) << candidate.refusal;
  const auto a = telling(45), b = telling(40);  // one number at a time, and four
  run(*candidate.kernel, a, b);
  EXPECT_EQ(library.asked.precision, ProductPrecision::Bf16);
  expect_rounded(a, read<std::uint16_t>(library.seen.a, a.size()));
  expect_rounded(b, read<std::uint16_t>(library.seen.b, b.size()));
}

TEST_F(LibraryProducts, OfConvolutionsReadFloat32NumbersThatAreBfloat16) {
  SeeingConvolutions library;
  const Node& product = node("conv2d_input_grad_bf16", {1, 2, 3, 5}, {5, 2, 2, 3},
                             Conv2dAttrs{.stride_w = 2, .pad_bottom = 1, .size_h = 2, .size_w = 7});
  ConvolutionProblem problem =
      convolution_problem(product, ConvolutionProblem::Wanted::InputGradient);
  problem.precision = ProductPrecision::Bf16;
  auto candidate = product_by(library, *context_, product, problem);
  ASSERT_TRUE(candidate.kernel) << candidate.refusal;
  const auto dy = telling(30), w = telling(60);
  run(*candidate.kernel, dy, w);
  const ConvolutionProblem& p = library.asked;
  EXPECT_EQ(p.precision, ProductPrecision::Tf32);
  EXPECT_EQ((std::vector{p.batch, p.height, p.width, p.in, p.out_height, p.out_width, p.out}),
            (std::vector<std::int64_t>{1, 2, 7, 3, 2, 3, 5}));
  EXPECT_EQ((std::vector{p.kernel_height, p.kernel_width, p.stride_y, p.stride_x, p.pad_bottom}),
            (std::vector<std::int64_t>{2, 2, 1, 2, 1}));
  expect_rounded(dy, read<float>(library.seen.a, dy.size()));
  expect_rounded(w, read<float>(library.seen.b, w.size()));
}

TEST_F(LibraryProducts, ThatMayMultiplyTF32AreGivenFloat32) {
  SeeingMatmuls library;
  const Node& product = node("matmul_tf32", {9, 5}, {5, 8}, MatmulAttrs{});
  MatmulProblem problem = matmul_problem(product);
  problem.precision = ProductPrecision::Tf32;
  auto candidate = product_by(library, *context_, product, problem);
  ASSERT_TRUE(candidate.kernel) << candidate.refusal;
  run(*candidate.kernel, telling(45), telling(40));
  EXPECT_EQ(library.asked.precision, ProductPrecision::Tf32);
  EXPECT_EQ(library.seen.a, reinterpret_cast<const void*>(a_));
  EXPECT_EQ(library.seen.b, reinterpret_cast<const void*>(b_));
}

TEST_F(LibraryProducts, OfConvolutionsTakeTheBiasAsItIs) {
  for (const ProductPrecision precision : {ProductPrecision::F32, ProductPrecision::Bf16}) {
    SeeingConvolutions library;
    const bool rounds = precision == ProductPrecision::Bf16;
    const Node& product = biased(rounds ? "conv2d_bf16_bias" : "conv2d_bias");
    ConvolutionProblem problem = biased_problem(product, precision);
    EXPECT_EQ(problem.then, ConvolutionProblem::Then::BiasAndRelu);
    auto candidate = product_by(library, *context_, product, problem);
    ASSERT_TRUE(candidate.kernel) << candidate.refusal;
    const auto x = telling(50), w = telling(72);
    run(*candidate.kernel, x, w, telling(4));
    EXPECT_EQ(library.asked.then, ConvolutionProblem::Then::BiasAndRelu);
    EXPECT_EQ(library.seen.bias, reinterpret_cast<const void*>(bias_));
    EXPECT_EQ(library.seen.result, reinterpret_cast<const void*>(output_));
    EXPECT_EQ(library.seen.a == reinterpret_cast<const void*>(a_), !rounds);
    if (rounds) expect_rounded(w, read<float>(library.seen.b, w.size()));
  }
}

TEST_F(LibraryProducts, AreRefusedInTheLibrarysWords) {
  SeeingMatmuls library;
  library.refusal = "too odd";
  const Node& product = node("matmul", {3, 5}, {5, 8}, MatmulAttrs{});
  EXPECT_EQ(product_by(library, *context_, product, matmul_problem(product)).refusal, "too odd");
  EXPECT_EQ(library_product(*context_, product, matmul_problem(product)).refusal,
            "opened without libraries");
}

TEST(Bfloat16, DeviceCodeRoundsAsTheReference) {
  for (const float x : telling(200)) {
    const double exact = static_cast<double>(x), finer = exact * (1 + 0x1p-40);
    for (const double value : {exact, finer, exact * 0x1p-126, exact * 0x1p127}) {
      const double got = device::nearest_bf16(value), want = nearest_bf16(value);
      EXPECT_TRUE(got == want || (std::isnan(got) && std::isnan(want))) << value << ": " << got;
    }
    const double got = static_cast<double>(device::nearest_bf16(x)), want = nearest_bf16(exact);
    EXPECT_TRUE(got == want || (std::isnan(got) && std::isnan(want))) << x << ": " << got;
  }
}

}  // namespace
}  // namespace agon
