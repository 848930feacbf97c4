#include <fmt/format.h>

#include "engine/runtime/cpu/onednn.h"
#include "engine/runtime/cpu/primitive_sequence.h"
#include "ops/bf16/bf16.h"
#include "ops/conv/conv2d.h"
#include "ops/conv/layouts_onednn.h"
#include "ops/matmul/geometry.h"
#include "ops/matmul/operand_onednn.h"

/// Products by the processor's bfloat16 instructions: twice the multiplications of float32 in one
/// instruction, less the time to round the operands. Where this was not measured to win, the
/// candidates refuse and products_cpu.cpp gives rounded float32 to the kernels of the plain op.
namespace agon {

namespace {

using Desc = dnnl::memory::desc;
using dnnl::memory;

/// Measured against float32: products 16 x 784 x 512 (15 multiplications an element rounded) are no
/// faster, 64 rows (39 to 59) 1.4 to 1.6 times, 1024 x 1024 x 1024 twice as fast.
constexpr std::int64_t kFewestPerElement = 32;

/// Up to this many channels of the result the float32 kernels made for few are 1.5 to 6 times as
/// fast as oneDNN's, in either precision.
constexpr std::int64_t kFewChannels = 4, kFewGradChannels = 8;
/// Of y or dy. oneDNN's tiles are rows of pixels: 4 x 4 give half the speed of 8 x 8, less than
/// Winograd's in float32; from 7 x 7 on bfloat16 is 1.2 to 1.7 times as fast as any float32.
constexpr std::int64_t kFewestPixels = 32;

/// Why this node is not for bfloat16 instructions, or "".
std::string refusal(const Node& node) {
  if (node.out_type().dtype != DType::F32) return "f32 only";
  if (node.out_type().bytes() == 0 || node.in(0).type().bytes() == 0) return "nothing to multiply";
  constexpr auto kNeeded = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16);
  if ((static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & kNeeded) != kNeeded)
    return "the processor has no bfloat16 instructions (avx512_bf16)";
  return "";
}

/// The same layout, of bfloat16.
Desc in_bf16(const Desc& desc) {
  return {desc.get_dims(), memory::data_type::bf16, desc.get_strides()};
}

/// Input `index`, which lies as `from` says, rounded into scratch memory in the layout `to`.
onednn::PrimitiveSequence::Slot rounded(onednn::PrimitiveSequence& sequence, std::size_t index,
                                        const Desc& from, const Desc& to) {
  const dnnl::reorder::primitive_desc round(onednn::engine(), from, onednn::engine(), to,
                                            onednn::attributes());
  const auto given = sequence.input(index, from), nearest = sequence.temporary(to);
  sequence.add(dnnl::reorder(round), round.scratchpad_desc(),
               {{DNNL_ARG_FROM, given}, {DNNL_ARG_TO, nearest}});
  return nearest;
}

Candidate prepare_matmul(const Node& node) {
  if (const std::string why = refusal(node); !why.empty()) return Candidate::refused(why);
  const auto& attrs = node.attrs_as<MatmulAttrs>();
  const MatmulGeometry g(node.in(0).shape(), node.in(1).shape(), attrs);
  if (const std::int64_t per_element = g.m * g.n / (g.m + g.n); per_element < kFewestPerElement) {
    return Candidate::refused(
        fmt::format("for at least {} multiplications an element rounded, got {}", kFewestPerElement,
                    per_element));
  }
  const Desc a = matrix_operand(node.in(0).type(), attrs.transpose_a);
  const Desc b = matrix_operand(node.in(1).type(), attrs.transpose_b);
  const Desc y = matrix_operand(node.out_type(), false);
  const dnnl::matmul::primitive_desc matmul(onednn::engine(), in_bf16(a), in_bf16(b), y,
                                            onednn::attributes());
  if (std::string why = onednn::refusal_of_slow(matmul.impl_info_str()); !why.empty())
    return Candidate::refused(why);

  auto kernel = std::make_unique<onednn::PrimitiveSequence>();
  const auto in_a = rounded(*kernel, 0, a, in_bf16(a));
  const auto in_b = rounded(*kernel, 1, b, in_bf16(b));
  const auto out = kernel->output(y);
  kernel->add(dnnl::matmul(matmul), matmul.scratchpad_desc(),
              {{DNNL_ARG_SRC, in_a}, {DNNL_ARG_WEIGHTS, in_b}, {DNNL_ARG_DST, out}});
  return kernel;
}

std::string few_pixels(const Shape& y) {
  if (y[1] * y[2] >= kFewestPixels) return "";
  return fmt::format("for pictures of at least {} pixels, got {} x {}", kFewestPixels, y[1], y[2]);
}

Candidate prepare_conv2d(const Node& node) {
  if (const std::string why = refusal(node); !why.empty()) return Candidate::refused(why);
  const auto& a = node.attrs_as<Conv2dAttrs>();
  ConvLayouts l(node.in(0).type(), node.in(1).type(), node.out_type(), memory::data_type::bf16);
  if (node.out_type().shape[3] <= kFewChannels && a.stride_h * a.stride_w == 1)
    return Candidate::refused("few channels are faster in float32");
  if (std::string why = few_pixels(node.out_type().shape); !why.empty())
    return Candidate::refused(why);
  const Desc plain_x = l.x;
  l.x = in_bf16(l.x);
  const auto conv = forward(l, a);
  if (std::string why = onednn::refusal_of_slow(conv.impl_info_str()); !why.empty())
    return Candidate::refused(why);

  auto kernel = std::make_unique<onednn::PrimitiveSequence>();
  const auto x = rounded(*kernel, 0, plain_x, l.x);
  const auto w = rounded(*kernel, 1, l.plain_w, conv.weights_desc());
  const auto y = kernel->output(l.y);
  kernel->add(dnnl::convolution_forward(conv), conv.scratchpad_desc(),
              {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DST, y}});
  return kernel;
}

Candidate prepare_input_grad(const Node& node) {
  if (const std::string why = refusal(node); !why.empty()) return Candidate::refused(why);
  const auto& a = node.attrs_as<Conv2dAttrs>();
  ConvLayouts l(node.out_type(), node.in(1).type(), node.in(0).type(), memory::data_type::bf16);
  if (node.out_type().shape[3] <= kFewGradChannels)
    return Candidate::refused("few channels are faster in float32");
  if (std::string why = few_pixels(node.in(0).shape()); !why.empty())
    return Candidate::refused(why);
  const Desc plain_dy = l.y;
  l.y = in_bf16(l.y);
  ConvLayouts all_bf16 = l;
  all_bf16.x = in_bf16(l.x);
  const auto conv = backward_data(l, a, forward(all_bf16, a));
  if (std::string why = onednn::refusal_of_slow(conv.impl_info_str()); !why.empty())
    return Candidate::refused(why);

  auto kernel = std::make_unique<onednn::PrimitiveSequence>();
  const auto dy = rounded(*kernel, 0, plain_dy, l.y);
  const auto w = rounded(*kernel, 1, l.plain_w, conv.weights_desc());
  const auto dx = kernel->output(l.x);
  kernel->add(dnnl::convolution_backward_data(conv), conv.scratchpad_desc(),
              {{DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DIFF_SRC, dx}});
  return kernel;
}

}  // namespace

void register_products_onednn(KernelRegistry& kernels) {
  kernels.add({.op = "matmul_bf16", .name = "onednn:matmul_bf16", .prepare = prepare_matmul});
  kernels.add({.op = "conv2d_bf16", .name = "onednn:conv2d_bf16", .prepare = prepare_conv2d});
  kernels.add({.op = "conv2d_input_grad_bf16",
               .name = "onednn:conv2d_input_grad_bf16",
               .prepare = prepare_input_grad});
  // conv2d_weight_grad: 0.6 to 1.4 times as fast as float32 without a rule that says where
}

}  // namespace agon
