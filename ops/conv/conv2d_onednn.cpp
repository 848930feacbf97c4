#include <fmt/format.h>

#include "engine/runtime/cpu/onednn.h"
#include "engine/runtime/cpu/primitive_sequence.h"
#include "ops/conv/conv2d.h"

namespace agon {

namespace {

using onednn::PrimitiveSequence;
using Desc = dnnl::memory::desc;

/// The layouts a convolution is asked for: pictures as given, weights as oneDNN likes.
struct ConvLayouts {
  Desc x, w, y;
  Desc plain_w;

  ConvLayouts(const Type& x_type, const Type& w_type, const Type& y_type)
      : x(onednn::dense(x_type, {0, 3, 1, 2})),
        w(),
        y(onednn::dense(y_type, {0, 3, 1, 2})),
        plain_w(onednn::dense(w_type, {0, 3, 1, 2})) {
    w = Desc(plain_w.get_dims(), plain_w.get_data_type(), dnnl::memory::format_tag::any);
  }

  /// Pictures channels-first; oneDNN's GEMM route for few channels wants them so.
  ConvLayouts channels_first() const {
    ConvLayouts copy = *this;
    copy.x = Desc(x.get_dims(), x.get_data_type(), dnnl::memory::format_tag::nchw);
    copy.y = Desc(y.get_dims(), y.get_data_type(), dnnl::memory::format_tag::nchw);
    return copy;
  }
};

dnnl::convolution_forward::primitive_desc forward(const ConvLayouts& l, const Conv2dAttrs& a) {
  return {onednn::engine(),
          dnnl::prop_kind::forward_training,
          dnnl::algorithm::convolution_direct,
          l.x,
          l.w,
          l.y,
          {a.stride_h, a.stride_w},
          {a.pad_top, a.pad_left},
          {a.pad_bottom, a.pad_right},
          onednn::attributes()};
}

dnnl::convolution_backward_data::primitive_desc backward_data(const ConvLayouts& l,
                                                              const Conv2dAttrs& a) {
  return {onednn::engine(),
          dnnl::algorithm::convolution_direct,
          l.x,
          l.w,
          l.y,
          {a.stride_h, a.stride_w},
          {a.pad_top, a.pad_left},
          {a.pad_bottom, a.pad_right},
          forward(l, a),
          onednn::attributes()};
}

dnnl::convolution_backward_weights::primitive_desc backward_weights(const ConvLayouts& l,
                                                                    const Conv2dAttrs& a) {
  return {onednn::engine(),
          dnnl::algorithm::convolution_direct,
          l.x,
          l.w,
          l.y,
          {a.stride_h, a.stride_w},
          {a.pad_top, a.pad_left},
          {a.pad_bottom, a.pad_right},
          forward(l, a),
          onednn::attributes()};
}

/// Why this node is not for oneDNN, or "".
std::string refusal(const Node& node) {
  if (node.out_type().dtype != DType::F32) return "f32 only";
  if (node.out_type().bytes() == 0 || node.in(0).type().bytes() == 0) return "nothing to convolve";
  return "";
}

std::string only_slow(const std::string& implementation) {
  return fmt::format("only {} here", implementation);
}

Candidate prepare_conv2d(const Node& node) {
  if (const std::string why = refusal(node); !why.empty()) return Candidate::refused(why);
  const ConvLayouts layouts(node.in(0).type(), node.in(1).type(), node.out_type());
  const auto conv = forward(layouts, node.attrs_as<Conv2dAttrs>());
  if (onednn::is_reference(conv.impl_info_str()))
    return Candidate::refused(only_slow(conv.impl_info_str()));

  auto kernel = std::make_unique<PrimitiveSequence>();
  const auto x = kernel->input(0, layouts.x);
  const auto w = kernel->as(kernel->input(1, layouts.plain_w), conv.weights_desc());
  const auto y = kernel->output(layouts.y);
  kernel->add(dnnl::convolution_forward(conv), conv.scratchpad_desc(),
              {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DST, y}});
  return kernel;
}

/// The kernel of `layouts`, whose pictures may lie otherwise than those of the node (`given`).
Candidate input_grad_kernel(const Conv2dAttrs& attrs, const ConvLayouts& given,
                            const ConvLayouts& layouts) {
  const auto conv = backward_data(layouts, attrs);
  if (onednn::is_reference(conv.impl_info_str()))
    return Candidate::refused(only_slow(conv.impl_info_str()));
  auto kernel = std::make_unique<PrimitiveSequence>();
  const auto dy = kernel->as(kernel->input(0, given.y), layouts.y);
  const auto w = kernel->as(kernel->input(1, given.plain_w), conv.weights_desc());
  const auto given_dx = kernel->output(given.x);
  const auto dx = given.x == layouts.x ? given_dx : kernel->temporary(layouts.x);
  kernel->add(dnnl::convolution_backward_data(conv), conv.scratchpad_desc(),
              {{DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_DIFF_SRC, dx}});
  if (dx != given_dx) kernel->add_reorder(dx, given_dx);
  return kernel;
}

Candidate prepare_input_grad(const Node& node) {
  if (const std::string why = refusal(node); !why.empty()) return Candidate::refused(why);
  const ConvLayouts given(node.out_type(), node.in(1).type(), node.in(0).type());
  return input_grad_kernel(node.attrs_as<Conv2dAttrs>(), given, given);
}

/// Up to this many channels oneDNN's channels-last kernels leave most of a vector empty (measured:
/// 11 to 41 GFLOP/s against 52 to 122 of the GEMM route before its reorders).
constexpr std::int64_t kFewChannels = 4;

Candidate prepare_input_grad_channels_first(const Node& node) {
  if (const std::string why = refusal(node); !why.empty()) return Candidate::refused(why);
  if (const std::int64_t c = node.out_type().shape[3]; c > kFewChannels) {
    return Candidate::refused(
        fmt::format("channels-last is faster above {} channels, got {}", kFewChannels, c));
  }
  const ConvLayouts given(node.out_type(), node.in(1).type(), node.in(0).type());
  return input_grad_kernel(node.attrs_as<Conv2dAttrs>(), given, given.channels_first());
}

Candidate prepare_weight_grad(const Node& node) {
  if (const std::string why = refusal(node); !why.empty()) return Candidate::refused(why);
  const ConvLayouts layouts(node.in(0).type(), node.out_type(), node.in(1).type());
  const auto conv = backward_weights(layouts, node.attrs_as<Conv2dAttrs>());
  if (onednn::is_reference(conv.impl_info_str()))
    return Candidate::refused(only_slow(conv.impl_info_str()));

  auto kernel = std::make_unique<PrimitiveSequence>();
  const auto x = kernel->input(0, layouts.x);
  const auto dy = kernel->input(1, layouts.y);
  const auto plain_dw = kernel->output(layouts.plain_w);
  const Desc blocked = conv.diff_weights_desc();
  const auto dw = blocked == layouts.plain_w ? plain_dw : kernel->temporary(blocked);
  kernel->add(dnnl::convolution_backward_weights(conv), conv.scratchpad_desc(),
              {{DNNL_ARG_SRC, x}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_WEIGHTS, dw}});
  if (dw != plain_dw) kernel->add_reorder(dw, plain_dw);
  return kernel;
}

}  // namespace

void register_conv2d_onednn(KernelRegistry& kernels) {
  kernels.add({.op = "conv2d", .name = "onednn:conv2d", .prepare = prepare_conv2d});
  kernels.add({.op = "conv2d_input_grad",
               .name = "onednn:conv2d_input_grad_channels_first",
               .prepare = prepare_input_grad_channels_first});
  kernels.add({.op = "conv2d_input_grad",
               .name = "onednn:conv2d_input_grad",
               .prepare = prepare_input_grad});
  kernels.add({.op = "conv2d_weight_grad",
               .name = "onednn:conv2d_weight_grad",
               .prepare = prepare_weight_grad});
}

}  // namespace agon
