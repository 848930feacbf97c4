#include "ops/pointwise/vector_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/bf16/products_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "engine/ir/op_def.h"
#include "engine/plan/kernel_choice.h"
#include "engine/runtime/cpu/lanes.h"
#include "engine/runtime/kernel.h"
#include "ops/bf16/bf16.h"
#include "ops/ops.h"

HWY_BEFORE_NAMESPACE();
namespace agon {
namespace HWY_NAMESPACE {
namespace {

#if AGON_VECTOR
namespace hn = hwy::HWY_NAMESPACE;

/// to[i] = the bfloat16 nearest to from[i], as float32.
void RoundRow(const float* from, float* to, std::int64_t count) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> bits;
  const auto below_half = hn::Set(bits, 0x7FFF), one = hn::Set(bits, 1);
  const auto kept = hn::Set(bits, 0xFFFF0000);
  const auto round = [&](auto x) {
    const auto b = hn::BitCast(bits, x);
    const auto odd = hn::And(hn::ShiftRight<16>(b), one);
    const auto up = hn::Add(b, hn::Add(below_half, odd));
    return hn::IfThenElse(hn::IsNaN(x), x, hn::BitCast(d, hn::And(up, kept)));
  };
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(round(hn::LoadU(d, from + i)), d, to + i);
  if (i < count) {
    const auto first = hn::FirstN(d, static_cast<std::size_t>(count - i));
    hn::BlendedStore(round(hn::MaskedLoad(first, d, from + i)), first, d, to + i);
  }
}
auto FindRoundRow() {
  return RoundRow;
}
#else
auto FindRoundRow() {
  return static_cast<void (*)(const float*, float*, std::int64_t)>(nullptr);
}
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace agon
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace agon {
namespace {

HWY_EXPORT(FindRoundRow);

using RoundRowFunction = void (*)(const float*, float*, std::int64_t);

/// All kernels, for the choice among those of the plain op.
const KernelRegistry& plain_kernels() {
  static const KernelRegistry* const kernels = [] {
    auto* made = new KernelRegistry();
    register_all_kernels(*made);
    return made;
  }();
  return *kernels;
}

/// Rounds both operands into scratch memory, where the best kernel of the plain op reads them.
class RoundedFirst final : public Kernel {
 public:
  RoundedFirst(const Node& node, RoundRowFunction round_row)
      : graph_(node.graph().ops()), round_row_(round_row) {
    std::vector<Value> operands;
    for (const Value& v : node.inputs()) {
      operands.push_back(graph_.input(std::to_string(operands.size()), v.type()));
      offsets_.push_back(operand_bytes_);
      operand_bytes_ += (v.type().bytes() + 63) / 64 * 64;
    }
    const Value product = graph_.add(unrounded_name(node.op().name), operands, node.attrs());
    product_ = choose_kernel(*product.node, plain_kernels()).kernel;
    operands_ = std::move(operands);
  }

  std::size_t scratch_bytes() const override { return operand_bytes_ + product_->scratch_bytes(); }
  KernelFacts facts() const override { return product_->facts(); }

  void run(const KernelCall& call) override {
    auto* const scratch = static_cast<std::byte*>(call.scratch);
    std::array<const void*, 2> rounded{};
    for (std::size_t i = 0; i < rounded.size(); ++i) {
      auto* const to = reinterpret_cast<float*>(scratch + offsets_[i]);
      const auto* const from = call.input<float>(i);
      parallel_for(operands_[i].shape().elements(), kGrain,
                   [&](std::int64_t begin, std::int64_t end) {
                     round_row_(from + begin, to + begin, end - begin);
                   });
      rounded[i] = to;
    }
    product_->run({rounded, call.out, scratch + operand_bytes_});
  }

 private:
  static constexpr std::int64_t kGrain = std::int64_t{1} << 14;

  Graph graph_;  // of the plain node, which its kernel may refer to
  RoundRowFunction round_row_;
  std::vector<Value> operands_;
  std::vector<std::size_t> offsets_;
  std::size_t operand_bytes_ = 0;
  std::unique_ptr<Kernel> product_;
};

Candidate prepare_rounded_first(const Node& node) {
  if (node.out_type().dtype != DType::F32) return Candidate::refused("f32 only");
  const RoundRowFunction round_row = HWY_DYNAMIC_DISPATCH(FindRoundRow)();
  if (round_row == nullptr) return Candidate::refused("needs AVX2");
  return std::make_unique<RoundedFirst>(node, round_row);
}

/// Rounding error of the plain op's coarsest kernel: Winograd's for convolutions.
constexpr double kMatmulError = 1, kConv2dError = 4;

}  // namespace

void register_products_cpu(KernelRegistry& kernels) {
  for (const std::string op :
       {"matmul_bf16", "conv2d_bf16", "conv2d_input_grad_bf16", "conv2d_weight_grad_bf16"}) {
    kernels.add({.op = op,
                 .name = "cpu:" + op,
                 .prepare = prepare_rounded_first,
                 .error_factor = op == "matmul_bf16" ? kMatmulError : kConv2dError});
  }
}

}  // namespace agon
#endif
