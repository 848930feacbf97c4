#include "ops/gemm/library_product_cuda.h"

#include <fmt/format.h>

#include <array>
#include <span>
#include <utility>

#include "engine/runtime/cuda/generated_kernel.h"

namespace agon {

namespace {

constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + 255) / 256 * 256;  // what the libraries' fastest code asks for
}

/// The plan reads the operands where they lie.
template <class Plan>
class Planned final : public Kernel {
 public:
  explicit Planned(std::unique_ptr<Plan> plan) : plan_(std::move(plan)) {}
  std::size_t scratch_bytes() const override { return plan_->scratch_bytes(); }
  void run(const KernelCall& call) override {
    plan_->run(static_cast<CUstream>(call.queue), call.in, call.out[0], call.scratch);
  }

 private:
  std::unique_ptr<Plan> plan_;
};

/// What operands are rounded to: a type of device code, its size, the function that makes one.
struct Rounded {
  const char* type;
  std::size_t bytes;
  const char* function;
};
constexpr Rounded kBits{"u16", 2, "bf16_bits"}, kNumbers{"float", 4, "nearest_bf16"};

/// Writes input `input` rounded to scratch + offset.
DeviceFunction rounding(const Node& node, int input, const Rounded& rounded, std::size_t offset) {
  const std::int64_t elements = node.in(input).shape().elements();
  const int group = elements % 4 == 0 ? 4 : 1;
  return {
      .code = fmt::format(R"(
struct alignas({0} * sizeof(float)) From {{
  float at[{0}];
}};
struct alignas({0} * sizeof({4})) To {{
  {4} at[{0}];
}};
const i64 i = thread_of(blockIdx.x, 256, threadIdx.x);
if (i >= {1}) return;
const From from = reinterpret_cast<const From*>(in{2})[i];
To to;
for (int part = 0; part < {0}; ++part) to.at[part] = {5}(from.at[part]);
reinterpret_cast<To*>(scratch + {3})[i] = to;
)",
                          group, elements / group, input, offset, rounded.type, rounded.function),
      .in = input_dtypes(node),
      .out = {node.out_type().dtype},
      .blocks = blocks_for(elements / group)};
}

/// The plan reads rounded operands, which lie in scratch memory before its own.
template <class Plan>
class RoundedFirst final : public Kernel {
 public:
  RoundedFirst(CudaContext& context, const Node& node, std::unique_ptr<Plan> plan,
               const Rounded& rounded)
      : plan_(std::move(plan)) {
    const auto bytes = [&](int input) {
      return aligned(static_cast<std::size_t>(node.in(input).shape().elements()) * rounded.bytes);
    };
    second_ = bytes(0);
    plans_own_ = second_ + bytes(1);
    auto candidate = generated(
        context, node,
        {.functions = {rounding(node, 0, rounded, 0), rounding(node, 1, rounded, second_)}});
    rounding_ = std::move(candidate.kernel);
  }
  std::size_t scratch_bytes() const override { return plans_own_ + plan_->scratch_bytes(); }
  void run(const KernelCall& call) override {
    rounding_->run(call);
    auto* const scratch = static_cast<std::byte*>(call.scratch);
    std::array<const void*, 3> operands{scratch, scratch + second_};
    if (call.in.size() > 2) operands[2] = call.in[2];
    plan_->run(static_cast<CUstream>(call.queue), std::span(operands).first(call.in.size()),
               call.out[0], scratch + plans_own_);
  }

 private:
  std::unique_ptr<Plan> plan_;
  std::unique_ptr<Kernel> rounding_;
  std::size_t second_ = 0, plans_own_ = 0;
};

template <class Plan, class Library, class Problem>
Candidate planned(Library& library, CudaContext& context, const Node& node, const Problem& problem,
                  const Rounded* rounded) {
  if (node.out_type().dtype != DType::F32) return Candidate::refused("f32 only");
  if (node.out_type().bytes() == 0 || node.in(0).type().bytes() == 0)
    return Candidate::refused("nothing to multiply");
  std::string why;
  std::unique_ptr<Plan> plan = library.plan(problem, why);
  if (!plan) return Candidate::refused(why);
  if (rounded != nullptr)
    return std::make_unique<RoundedFirst<Plan>>(context, node, std::move(plan), *rounded);
  return std::make_unique<Planned<Plan>>(std::move(plan));
}

}  // namespace

Candidate product_by(MatmulLibrary& library, CudaContext& context, const Node& node,
                     const MatmulProblem& problem) {
  return planned<MatmulPlan>(library, context, node, problem,
                             problem.precision == ProductPrecision::Bf16 ? &kBits : nullptr);
}

Candidate product_by(ConvolutionLibrary& library, CudaContext& context, const Node& node,
                     const ConvolutionProblem& problem) {
  if (problem.precision != ProductPrecision::Bf16)
    return planned<ConvolutionPlan>(library, context, node, problem, nullptr);
  ConvolutionProblem of_numbers = problem;
  of_numbers.precision = ProductPrecision::Tf32;
  return planned<ConvolutionPlan>(library, context, node, of_numbers, &kNumbers);
}

Candidate library_product(CudaContext& context, const Node& node, const MatmulProblem& problem) {
  MatmulLibrary* const library = context.matmul_library();
  if (library == nullptr) return Candidate::refused(context.why_no_matmul_library());
  return product_by(*library, context, node, problem);
}

Candidate library_product(CudaContext& context, const Node& node,
                          const ConvolutionProblem& problem) {
  ConvolutionLibrary* const library = context.convolution_library();
  if (library == nullptr) return Candidate::refused(context.why_no_convolution_library());
  return product_by(*library, context, node, problem);
}

}  // namespace agon
